/** A log is read as text: nothing of a terminal's own language shows. */
import { expect, it } from 'vitest'
import { terminalText } from './terminal-text.ts'

it.each([
  ['colours go', '\u001b[32m✓\u001b[39m passed', '✓ passed'],
  ['what is written over is gone', 'one\n10 %\r50 %\r100 %\nend', 'one\n100 %\nend'],
  ['line ends are one', 'a\r\nb\r\n', 'a\nb\n'],
  ['titles and links go', '\u001b]0;title\u0007here', 'here'],
  ['bells go, tabs stay', 'a\u0007\tb', 'a\tb'],
])('%s', (_what, raw, text) => expect(terminalText(raw)).toBe(text))
