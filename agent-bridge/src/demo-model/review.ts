/** The demo model's review: simple patterns, left as findings at their places, some with the edit that mends them. */
import { linesOf, outcomeInWords, type DoneCall } from './conversation.ts'
import type { Act, Call } from './scripts.ts'

type Check = {
  readonly pattern: RegExp
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  /** The line as it would be mended. */
  readonly mend?: (line: string) => string
}

const CHECKS: readonly Check[] = [
  {
    pattern: /[^=!]==[^=]/,
    severity: 'error',
    message: '`==` converts types before it compares. Use `===`.',
    mend: (line) => line.replace(/([^=!])==([^=])/g, '$1===$2'),
  },
  {
    pattern: /innerHTML\s*=/,
    severity: 'error',
    message: '`innerHTML` takes markup as it is. Use `textContent` for text.',
    mend: (line) => line.replace('innerHTML', 'textContent'),
  },
  {
    pattern: /<img(?![^>]*\balt=)/,
    severity: 'error',
    message: 'An image without `alt` is silent to screen readers.',
  },
  {
    pattern: /\bany\b/,
    severity: 'warning',
    message: '`any` switches type checking off here. Name the shape instead.',
    mend: (line) => line.replace(/\bany\b/, 'unknown'),
  },
  {
    pattern: /\bvar\s/,
    severity: 'warning',
    message: '`var` leaks out of its block. Use `const` or `let`.',
    mend: (line) => line.replace(/\bvar\s/, 'let '),
  },
  {
    pattern: /!\.(?!=)/,
    severity: 'warning',
    message: '`!` claims that a value is there. Check it instead.',
  },
  {
    pattern: /console\.(log|debug)\(/,
    severity: 'info',
    message: 'A log line that may not be meant for users.',
  },
  {
    // The words by which people mark what they have not done yet, with or without a hyphen.
    pattern: /\b(TO-?DO|FIX-?ME)\b/,
    severity: 'info',
    message: 'A note that something is left to do.',
  },
]

/** Of one file. */
const MAX_FINDINGS = 8

/** Goes on from what it looked at: findings first, then what it says about them. */
export function reviewAct(done: readonly DoneCall[], looking: Act): Act {
  if (looking.act === 'call') return looking
  const files = done.filter((each) => each.tool === 'read')
  const left = done.filter((each) => each.tool === 'finding')
  const calls = files.flatMap(findingsIn)
  if (left.length === 0 && calls.length > 0)
    return { act: 'call', say: 'Leaving what I found where it is.', calls }
  return { act: 'answer', text: summary(files, left) }
}

function findingsIn(file: DoneCall): readonly Call[] {
  const lines = linesOf(file.result) ?? []
  return lines
    .flatMap((line, index) =>
      CHECKS.filter(({ pattern }) => pattern.test(line)).map((check) =>
        findingCall(pathOf(file), index + 1, line, lines, check),
      ),
    )
    .slice(0, MAX_FINDINGS)
}

function findingCall(
  path: string,
  line: number,
  text: string,
  lines: readonly string[],
  { severity, message, mend }: Check,
): Call {
  const quote = text.trim()
  // An edit must name text that is there once.
  const once = lines.filter((each) => each.includes(quote)).length === 1
  const args = { filePath: path, severity, message, quote, startLine: line }
  return {
    tool: 'finding',
    args: mend && once ? { ...args, oldString: quote, newString: mend(quote) } : args,
  }
}

function summary(files: readonly DoneCall[], left: readonly DoneCall[]): string {
  if (files.length === 0) return 'I found no source files to read.'
  const parts = files.map((file) => {
    const path = pathOf(file)
    const lines = linesOf(file.result)
    if (!lines) return `**\`${path}\`** — ${outcomeInWords(file.result, 'reading it')}`
    const said = left.filter((each) => each.args['filePath'] === path)
    const head = `**\`${path}\`** (${lines.length} lines)`
    if (said.length === 0) {
      return `${head}\n- Nothing that stands out: names are clear and the file is short enough to follow.`
    }
    return `${head}\n${said.map(sayFinding).join('\n')}`
  })
  return `### Findings\n\n${parts.join('\n\n')}\n\n_Demo model: these checks are simple patterns, not a real review._`
}

function sayFinding({ args, result }: DoneCall): string {
  const line = `- line ${String(args['startLine'])}: ${String(args['message'])}`
  const patch = /waits as patch (\w+)/.exec(result)?.[1]
  if (patch) return `${line} Suggested as patch ${patch}.`
  const denied = /denied by rule (\S+): /.exec(result)?.[1]
  return denied ? `${line} (refused by rule \`${denied}\`)` : line
}

function pathOf(file: DoneCall): string {
  const path = file.args['filePath']
  return typeof path === 'string' ? path : 'the file'
}
