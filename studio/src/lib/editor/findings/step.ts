/** Which finding comes next: after the one that is meant, or else after the caret; at the end it begins again. */
import type { Finding } from '@relpin/authority/contracts/findings.ts'
import type { Findings } from '#lib/findings/findings.svelte.ts'

type Caret = { readonly fileId: string | null; readonly line: number }

/** `null` where no text of any finding is left. */
export function nextFinding(
  findings: Pick<Findings, 'open' | 'chosen' | 'linesOf'>,
  caret: Caret,
  by: 1 | -1,
): Finding | null {
  const there = findings.open.filter((finding) => findings.linesOf(finding) !== null)
  const chosen = there.findIndex(({ id }) => id === findings.chosen)
  if (chosen >= 0) return there.at((chosen + by) % there.length) ?? null
  const below = there.findIndex(
    (finding) =>
      finding.fileId === caret.fileId && (findings.linesOf(finding)?.first ?? 0) >= caret.line,
  )
  if (below < 0) return there.at(by === 1 ? 0 : -1) ?? null
  return there.at(by === 1 ? below : below - 1) ?? null
}
