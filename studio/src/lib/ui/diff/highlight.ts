/** Colours for code that is only looked at: a light lexer for the languages of a web project, line by line. */

export type TokenKind = 'kw' | 'str' | 'ty' | 'fn' | 'num' | 'cm'
export type Token = { readonly from: number; readonly to: number; readonly kind: TokenKind }
/** What an earlier line left open. */
export type Carry = 'comment' | 'template' | null

const CODE = /\.([cm]?[jt]sx?|svelte|vue)$/
const STYLE = /\.(css|scss|less)$/
const DATA = /\.(json|jsonc|ya?ml|toml)$/

const KEYWORDS = new Set(
  (
    'abstract as asserts async await break case catch class const continue debugger declare default delete do else ' +
    'enum export extends false finally for from function get if implements import in infer instanceof interface is ' +
    'keyof let namespace new null of override private protected public readonly return satisfies set static super ' +
    'switch this throw true try type typeof undefined unique unknown using var void while with yield'
  ).split(' '),
)

const PIECE =
  /(\/\/.*|#(?=\s).*)|(\/\*)|(`)|("(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)|(\b\d[\d_.]*(?:px|rem|em|%|ms|s|n)?\b)|([\p{L}_$@][\p{L}\p{N}_$-]*)/gu

/** Whether this file's lines get colours at all. */
export function highlightable(path: string): boolean {
  return CODE.test(path) || STYLE.test(path) || DATA.test(path)
}

/** Tokens of one line, and what it leaves open for the next. */
export function highlightLine(line: string, carry: Carry, path: string): [Token[], Carry] {
  const tokens: Token[] = []
  const slashes = CODE.test(path) || STYLE.test(path)
  let at = 0
  if (carry) {
    const end = line.indexOf(carry === 'comment' ? '*/' : '`')
    const to = end < 0 ? line.length : end + (carry === 'comment' ? 2 : 1)
    tokens.push({ from: 0, to, kind: carry === 'comment' ? 'cm' : 'str' })
    if (end < 0) return [tokens, carry]
    at = to
  }
  PIECE.lastIndex = at
  for (let found = PIECE.exec(line); found; found = PIECE.exec(line)) {
    const [piece, comment, open, tick, string, number, word] = found
    const from = found.index
    let to = from + piece.length
    if (comment !== undefined) {
      if (piece.startsWith('#') ? !DATA.test(path) : !CODE.test(path)) continue
      tokens.push({ from, to, kind: 'cm' })
    } else if (open !== undefined || tick !== undefined) {
      if (!slashes) continue
      const end = line.indexOf(open ? '*/' : '`', to)
      to = end < 0 ? line.length : end + (open ? 2 : 1)
      tokens.push({ from, to, kind: open ? 'cm' : 'str' })
      if (end < 0) return [tokens, open ? 'comment' : 'template']
      PIECE.lastIndex = to
    } else if (string !== undefined) {
      const key = DATA.test(path) && /^\s*:/.test(line.slice(to))
      tokens.push({ from, to, kind: key ? 'ty' : 'str' })
    } else if (number !== undefined) {
      tokens.push({ from, to, kind: 'num' })
    } else if (word !== undefined) {
      const kind = kindOfWord(line, from, word, path)
      // In code a hyphen is a minus; only style sheets have it inside names.
      if (kind) tokens.push({ from, to, kind })
    }
  }
  return [tokens, null]
}

function kindOfWord(line: string, from: number, word: string, path: string): TokenKind | null {
  if (STYLE.test(path)) {
    if (word.startsWith('@')) return 'kw'
    return /^\s*:(?!:)/.test(line.slice(from + word.length)) ? 'ty' : null
  }
  if (!CODE.test(path)) return /^(true|false|null)$/.test(word) ? 'kw' : null
  const [name = ''] = word.split('-')
  if (KEYWORDS.has(name) && line[from - 1] !== '.') return 'kw'
  if (/^\p{Lu}/u.test(name)) return 'ty'
  return line[from + name.length] === '(' ? 'fn' : null
}
