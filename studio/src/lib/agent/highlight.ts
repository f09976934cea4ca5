/** Just enough colour for code in an answer: comments, strings, numbers, keywords and type names. */

const KEYWORDS = new Set(
  (
    'abstract as async await break case catch class const continue debugger default delete do else enum export ' +
    'extends false finally for from function get if implements import in infer instanceof interface is keyof let ' +
    'new null of package private protected public readonly return satisfies set static super switch this throw ' +
    'true try type typeof undefined var void while yield'
  ).split(' '),
)
const CODE = new Set(
  'ts tsx js jsx mjs cjs mts cts typescript javascript svelte vue json jsonc css scss html'.split(
    ' ',
  ),
)
const TOKEN =
  /(?<comment>\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*|<!--[\s\S]*?(?:-->|$))|(?<string>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\.|[^`\\])*`?)|(?<number>\b\d[\w.]*\b)|(?<name>[A-Za-z_$][\w$]*)|(?<other>[\s\S])/g

/** Escaped HTML with `<span class="kw">` and so on. Languages it does not know stay plain; `diff` is coloured by line. */
export function highlight(code: string, language: string): string {
  if (language === 'diff') return code.split('\n').map(diffLine).join('\n')
  if (!CODE.has(language)) return escape(code)
  let html = ''
  for (const match of code.matchAll(TOKEN)) {
    const kind = kindOf(match.groups ?? {})
    const text = escape(match[0])
    html += kind ? `<span class="${kind}">${text}</span>` : text
  }
  return html
}

function kindOf(
  groups: Record<string, string | undefined>,
): 'cm' | 'str' | 'num' | 'kw' | 'ty' | null {
  if (groups['comment'] !== undefined) return 'cm'
  if (groups['string'] !== undefined) return 'str'
  if (groups['number'] !== undefined) return 'num'
  const name = groups['name']
  if (name === undefined) return null
  if (KEYWORDS.has(name)) return 'kw'
  return /^[A-Z]/.test(name) ? 'ty' : null
}

function diffLine(line: string): string {
  const kind = line.startsWith('+') ? 'ins' : line.startsWith('-') ? 'del' : null
  return kind ? `<span class="${kind}">${escape(line)}</span>` : escape(line)
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
