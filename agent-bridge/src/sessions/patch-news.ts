/** What the agent is told at the start of a turn of what became of its patches since the turn before. */
import type { Queryable } from '@relpin/db/connect.ts'
import {
  promptedBefore,
  readPatchNews,
  type PatchDecision,
  type PatchNews,
} from '@relpin/db/patch-news.ts'

/** A decision is dated when it begins and seen when it is committed: told twice is better than never. */
const OVERLAP_MS = 2_000
const MAX_PATHS = 10
const MAX_COMMENT = 1_000

/** `null` when nothing became of them. */
export async function patchNews(
  sql: Queryable,
  sessionId: string,
  turn: string,
): Promise<string | null> {
  const before = await promptedBefore(sql, sessionId, turn)
  if (!before) return null
  const since = new Date(before.getTime() - OVERLAP_MS)
  return newsInWords(await readPatchNews(sql, sessionId, since))
}

/** One line for each; `null` where there is none. */
export function newsInWords({ decisions, comments }: PatchNews): string | null {
  const lines = [
    ...decisions.map((one) => `- patch ${one.patch} (${plain(one.title)}): ${whatBecame(one)}`),
    ...comments.map(({ patch, path, by, text }) => {
      const cut = text.length > MAX_COMMENT ? `${text.slice(0, MAX_COMMENT)}…` : text
      return `- patch ${patch}: ${plain(by)} commented on ${plain(path)}: ${JSON.stringify(cut)}`
    }),
  ]
  return lines.length === 0 ? null : lines.join('\n')
}

function whatBecame({ state, by, own, paths, hunks }: PatchDecision): string {
  const shown = paths.slice(0, MAX_PATHS).map(plain)
  const more = paths.length - shown.length
  const where = shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
  const what = `${hunks} ${hunks === 1 ? 'change' : 'changes'} in ${where}`
  const who = by === null ? '' : ` by ${plain(by)}`
  switch (state) {
    case 'approved':
      return `${own ? 'accepted' : 'approved'}${who}: ${what} landed and is part of the project now.`
    case 'rejected':
      return `${own ? 'withdrawn' : 'rejected'}${who}: ${what} is gone, also from your view.`
    case 'stale':
      return `stale: ${what} can land no more, because what it was built on is gone. It is gone from your view too.`
  }
}

/** People choose names, titles and paths: on one line, whatever they hold. */
function plain(words: string): string {
  return words.replaceAll(/\s+/g, ' ')
}
