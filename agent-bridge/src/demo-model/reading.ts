/** What the demo model says about files that it read: simple, true observations with their line numbers. */
import { linesOf, outcomeInWords, type DoneCall } from './conversation.ts'

type Finding = { readonly line: number; readonly text: string }

const CHECKS: readonly { readonly pattern: RegExp; readonly text: string }[] = [
  { pattern: /\bany\b/, text: '`any` switches type checking off here. Name the shape instead.' },
  { pattern: /console\.(log|debug)\(/, text: 'a log line that may not be meant for users.' },
  { pattern: /\bvar\s/, text: '`var` leaks out of its block. Use `const` or `let`.' },
  { pattern: /[^=!]==[^=]/, text: '`==` converts types. Use `===`.' },
  {
    pattern: /innerHTML\s*=/,
    text: '`innerHTML` takes markup as it is. Use `textContent` for text.',
  },
  { pattern: /<img(?![^>]*\balt=)/, text: 'an image without `alt` is silent to screen readers.' },
  // The words by which people mark what they have not done yet, with or without a hyphen.
  { pattern: /\b(TO-?DO|FIX-?ME)\b/, text: 'a note that something is left to do.' },
  { pattern: /!\.(?!=)/, text: '`!` claims that a value is there. Check it instead.' },
]

export function findings(files: readonly DoneCall[]): string {
  const parts = files.map((file) => {
    const path = pathOf(file)
    const lines = linesOf(file.result)
    if (!lines) return `**\`${path}\`** — ${outcomeInWords(file.result, 'reading it')}`
    const found = check(lines)
    const head = `**\`${path}\`** (${lines.length} lines)`
    if (found.length === 0) {
      return `${head}\n- Nothing that stands out: names are clear and the file is short enough to follow.`
    }
    return `${head}\n${found.map((each) => `- line ${each.line}: ${each.text}`).join('\n')}`
  })
  return `### Findings\n\n${parts.join('\n\n')}\n\n_Demo model: these checks are simple patterns, not a real review._`
}

export function walkthrough(files: readonly DoneCall[]): string {
  const parts = files.map((file) => {
    const path = pathOf(file)
    const lines = linesOf(file.result)
    if (!lines) return `**\`${path}\`** — ${outcomeInWords(file.result, 'reading it')}`
    const text = lines.join('\n')
    const names = [
      ...text.matchAll(/^export (?:default )?(?:async )?(?:function|const|class|type)\s+(\w+)/gm),
    ]
    const uses = [...text.matchAll(/from ['"](.+?)['"]/g)]
    const list = (matches: RegExpMatchArray[]): string =>
      matches.length === 0 ? 'nothing' : matches.map((match) => `\`${match[1]}\``).join(', ')
    return `**\`${path}\`** has ${lines.length} lines. It exports ${list(names)} and builds on ${list(uses)}.`
  })
  return `### Walk-through\n\n${parts.join('\n\n')}\n\n_Demo model: this is read off the text, not understood._`
}

function check(lines: readonly string[]): Finding[] {
  return lines
    .flatMap((line, index) =>
      CHECKS.filter(({ pattern }) => pattern.test(line)).map(({ text }) => ({
        line: index + 1,
        text,
      })),
    )
    .slice(0, 8)
}

function pathOf(file: DoneCall): string {
  const path = file.args['filePath']
  return typeof path === 'string' ? path : 'the file'
}
