/** Which language a file is written in, by its name: Monaco's id and the words for people. */

type Language = { readonly id: string; readonly label: string }

const PLAIN: Language = { id: 'plaintext', label: 'Plain text' }
const BY_EXTENSION: Readonly<Record<string, Language>> = {
  ts: { id: 'typescript', label: 'TypeScript' },
  tsx: { id: 'typescript', label: 'TypeScript JSX' },
  mts: { id: 'typescript', label: 'TypeScript' },
  cts: { id: 'typescript', label: 'TypeScript' },
  js: { id: 'javascript', label: 'JavaScript' },
  jsx: { id: 'javascript', label: 'JavaScript JSX' },
  mjs: { id: 'javascript', label: 'JavaScript' },
  cjs: { id: 'javascript', label: 'JavaScript' },
  json: { id: 'json', label: 'JSON' },
  css: { id: 'css', label: 'CSS' },
  scss: { id: 'scss', label: 'SCSS' },
  less: { id: 'less', label: 'Less' },
  html: { id: 'html', label: 'HTML' },
  htm: { id: 'html', label: 'HTML' },
  svg: { id: 'xml', label: 'SVG' },
  xml: { id: 'xml', label: 'XML' },
  md: { id: 'markdown', label: 'Markdown' },
  yml: { id: 'yaml', label: 'YAML' },
  yaml: { id: 'yaml', label: 'YAML' },
  sh: { id: 'shell', label: 'Shell' },
  sql: { id: 'sql', label: 'SQL' },
}

export function languageOf(path: string): Language {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  if (name === 'tsconfig.json' || name === 'jsconfig.json') {
    return { id: 'json', label: 'JSON with comments' }
  }
  return BY_EXTENSION[name.slice(name.lastIndexOf('.') + 1)] ?? PLAIN
}

/** Files that the TypeScript worker should know about. */
export function isScript(path: string): boolean {
  return /\.(?:[cm]?[jt]sx?|json)$/i.test(path) && !/(?:^|\/)package-lock\.json$/.test(path)
}

const IMAGES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  ico: 'image/x-icon',
  bmp: 'image/bmp',
}

/** The media type of a picture that browsers show, or `null`. */
export function imageType(path: string): string | null {
  return IMAGES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? null
}

/** "12 KB". */
export function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
