/** An agent's Markdown as HTML, block by block, with file paths that can be opened; `safe-html.ts` cleans it after. */
import { Marked, type Tokens } from 'marked'
import { highlight } from './highlight.ts'

/**
 * The HTML of each block, so that while an answer grows only its last one changes on screen. Elements with `data-path`
 * open a file, with `data-copy` copy code. HTML in the answer is shown as text, and nothing in it may load anything:
 * a picture's address would carry what the agent has read to whoever it names.
 */
export function markdownBlocks(text: string): string[] {
  return marked
    .lexer(text)
    .filter((token) => token.type !== 'space')
    .map((token) => marked.parser([token]))
}

const marked = new Marked({ gfm: true, breaks: false })
let insideLink = false

marked.use({
  renderer: {
    code({ text, lang }: Tokens.Code): string {
      const language = /^[\w+#-]*/.exec(lang ?? '')?.[0] ?? ''
      return (
        `<figure class="code"><figcaption><span>${escape(language || 'text')}</span>` +
        `<button type="button" data-copy="">Copy</button></figcaption>` +
        `<pre tabindex="0"><code>${highlight(text, language)}</code></pre></figure>`
      )
    },
    codespan({ text }: Tokens.Codespan): string {
      const path = asPath(text)
      return path && !insideLink ? pathButton(path, text) : `<code>${escape(text)}</code>`
    },
    text(token: Tokens.Text | Tokens.Escape): string {
      if ('tokens' in token && token.tokens) return this.parser.parseInline(token.tokens)
      const words = escape(token.text)
      return insideLink ? words : words.replace(PATH_IN_WORDS, (path) => pathButton(path, path))
    },
    link({ href, tokens }: Tokens.Link): string {
      insideLink = true
      const words = this.parser.parseInline(tokens)
      insideLink = false
      const path = asPath(href)
      if (path) return pathButton(path, words, false)
      if (!/^(https?:|mailto:)/i.test(href)) return words
      return `<a href="${escape(href)}" target="_blank" rel="noopener noreferrer nofollow">${words}</a>`
    },
    image({ text, href }: Tokens.Image): string {
      return `<span class="left-out">[picture${text ? `: ${escape(text)}` : ''}, not loaded: ${escape(href)}]</span>`
    },
    html({ text }: Tokens.HTML | Tokens.Tag): string {
      return escape(text)
    },
  },
})

const FILE_NAME = String.raw`[\w@.+$()[\]-]*\w\.(?:tsx?|jsx?|mjs|cjs|mts|cts|json|css|scss|less|html|svelte|vue|md|mdx|ya?ml|toml|sql|sh|txt|svg|env|lock)`
const WHOLE_PATH = new RegExp(
  String.raw`^(?:\.\/)?((?:[\w@.+$()[\]-]+\/)*${FILE_NAME})(?::\d+(?:[-:]\d+)?)?$`,
)
const PATH_IN_WORDS = new RegExp(
  String.raw`(?<![\w@/:.&;-])(?:[\w@.+-]+\/)+${FILE_NAME}(?![\w/])`,
  'g',
)

/** The workspace path that these words are, without a line number; `null` when they are none. */
export function asPath(words: string): string | null {
  const path = WHOLE_PATH.exec(words)?.[1] ?? null
  // "./pricing.ts" is an import: from which file, these words do not say.
  return path !== null && words.startsWith('./') && !path.includes('/') ? null : path
}

function pathButton(path: string, words: string, plain = true): string {
  const shown = plain ? escape(words) : words
  return `<button type="button" class="path" data-path="${escape(path)}">${shown}</button>`
}

function escape(text: string): string {
  return text
    .replaceAll(/&(?!#?\w{1,8};)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
