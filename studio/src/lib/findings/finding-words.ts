/** Findings in words and signs: the same in the list, in the editor and for screen readers. */
import type { Finding } from '@relpin/authority/contracts/findings.ts'
import type { FindingSeverity } from '@relpin/authority/findings.ts'
import type { Lines } from './places.ts'

export const SEVERITY: Readonly<
  Record<FindingSeverity, { readonly word: string; readonly sign: string }>
> = {
  error: { word: 'Error', sign: '●' },
  warning: { word: 'Warning', sign: '▲' },
  info: { word: 'Note', sign: '◆' },
}

/** `src/a.ts:3`, or `src/a.ts` where its text is gone. */
export function placeWords({ path }: Pick<Finding, 'path'>, lines: Lines | null): string {
  return lines ? `${path}:${lines.first}` : path
}

/** For a screen reader that is taken to it. */
export function spoken(finding: Finding, lines: Lines | null, at: number, of: number): string {
  const where = lines ? `line ${lines.first}` : 'its text is gone'
  return `Finding ${at} of ${of}. ${SEVERITY[finding.severity].word}, ${where}: ${finding.message}`
}

/** Words and, between backticks, code. */
export function inPieces(
  message: string,
): readonly { readonly kind: 'words' | 'code'; readonly text: string }[] {
  return message
    .split(/(`[^`\n]+`)/)
    .filter((text) => text !== '')
    .map((text) =>
      /^`[^`]+`$/.test(text) ? { kind: 'code', text: text.slice(1, -1) } : { kind: 'words', text },
    )
}

/** One line at the end of the code. */
export function noteWords(message: string): string {
  const [line = ''] = message.split('\n')
  const plain = line.replaceAll('`', '')
  return plain.length > 90 ? `${plain.slice(0, 89)}…` : plain
}
