/** What a member's pages have kept in this browser for apps that are deleted: no page will take it up any more. */
import * as Y from 'yjs'
import type { KeptRow, KeptStore } from './kept-store.ts'
import { refusedText } from '../live/refused-text.ts'

export type LostText = {
  readonly path: string
  readonly text: string
  /** The rows that it was made from, to be removed once it is not wanted any more. */
  readonly keys: readonly string[]
}

/** A text for each file, of the apps that `isGone`. What there is no text of is kept no longer. */
export async function lostWork(
  store: Pick<KeptStore, 'of' | 'write'>,
  memberId: string,
  isGone: (appId: string) => Promise<boolean>,
): Promise<readonly LostText[]> {
  const byApp = Map.groupBy(await store.of(memberId), ({ app }) => app)
  const lost: LostText[] = []
  for (const [app, rows] of byApp) {
    if (!(await isGone(app))) continue
    for (const of of Map.groupBy(rows, ({ file }) => file).values()) lost.push(textOf(of))
  }
  // What only took text away left nothing to copy, and nobody could let it go.
  const nothing = lost.filter(({ text }) => text === '').flatMap(({ keys }) => keys)
  if (nothing.length > 0) store.write([], nothing)
  return lost.filter(({ text }) => text !== '')
}

function textOf(rows: readonly KeptRow[]): LostText {
  const updates = rows.flatMap(({ what }) =>
    what.kind === 'update' && isReadable(what.update) ? [what.update] : [],
  )
  const refused = rows.flatMap(({ what }) => (what.kind === 'refusal' ? [what.text] : []))
  const texts = [...refused, refusedText(new Y.Doc(), updates).text].filter((text) => text !== '')
  return {
    path: rows[0]?.path ?? '',
    text: texts.join('\n'),
    keys: rows.map(({ key }) => key),
  }
}

/** A damaged row gives no text, and takes that of the others from nobody. */
function isReadable(update: Uint8Array): boolean {
  try {
    Y.decodeUpdate(update)
    return true
  } catch {
    return false
  }
}
