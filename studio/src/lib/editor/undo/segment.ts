/** A piece of text that steps of an undo are about, in a document that took the place of the one where it was typed. */
import * as Y from 'yjs'
import { deletedIn, followed, shownIn, type IdRange } from './id-ranges.ts'

/** A place between two characters, and what stood there, in order. */
export type Gap = { readonly at: Y.RelativePosition; readonly segments: Segment[] }

export class Segment {
  /** Only of what the document does not have when this begins. */
  readonly text: string
  /** Where it is; also when it was taken out again since. Empty while the document does not have it. */
  ids: readonly IdRange[]
  readonly gap: Gap | null
  /** Main's own text, which was taken out here. */
  readonly main: IdRange | null

  constructor(
    text: string,
    place:
      { readonly ids: readonly IdRange[] } | { readonly gap: Gap; readonly main: IdRange | null },
  ) {
    this.text = text
    this.ids = 'ids' in place ? place.ids : []
    this.gap = 'gap' in place ? place.gap : null
    this.main = 'gap' in place ? place.main : null
    this.gap?.segments.push(this)
  }

  rangesIn(doc: Y.Doc): IdRange[] {
    return this.ids.flatMap((range) => followed(doc, range))
  }

  /** What `main` has is decided, and nobody's to take back here. */
  settle(main: Y.Doc): void {
    this.ids = this.ids.flatMap(({ client, from, to }) => {
      const waiting = Math.max(from, Y.getState(main.store, client))
      return waiting < to ? [{ client, from: waiting, to }] : []
    })
  }

  isShownIn(text: Y.Text): boolean {
    const { doc } = text
    return doc !== null && this.ids.length > 0 && shownIn(text, this.rangesIn(doc)).length > 0
  }

  /** The character right behind which it belongs while it was never put back; `null` at the start. */
  get behind(): Y.ID | null {
    const { gap } = this
    if (!gap) return null
    const before = gap.segments.slice(0, gap.segments.indexOf(this))
    const last = before.findLast(({ ids }) => ids.length > 0)?.ids.at(-1)
    return last ? Y.createID(last.client, last.to - 1) : gap.at.item
  }

  /** Where it belongs while it does not show; `null` when that place is not known. */
  offsetIn(text: Y.Text): number | null {
    const { doc } = text
    const { gap } = this
    if (!doc || !gap) return null
    const before = gap.segments.slice(0, gap.segments.indexOf(this))
    for (const one of before.toReversed()) {
      const last = shownIn(text, one.rangesIn(doc)).at(-1)
      if (last) return last.offset + last.to - last.from
    }
    return Y.createAbsolutePositionFromRelativePosition(gap.at, doc)?.index ?? null
  }

  /** Puts it back where it was. False when there is nothing to put back, or `main` does not have it any more either. */
  restoreIn(text: Y.Text, main: Y.Doc | null): boolean {
    const { doc } = text
    if (!doc || this.isShownIn(text) || (this.main && !waits(this.main, doc, main))) return false
    const offset = this.offsetIn(text)
    if (offset === null) return false
    const from = Y.getState(doc.store, doc.clientID)
    text.insert(offset, this.text)
    this.ids = [{ client: doc.clientID, from, to: from + this.text.length }]
    return true
  }
}

/** Whether text of main is only proposed to go. */
function waits(range: IdRange, branch: Y.Doc, main: Y.Doc | null): boolean {
  return deletedIn(branch, range).length > 0 && !(main && deletedIn(main, range).length > 0)
}
