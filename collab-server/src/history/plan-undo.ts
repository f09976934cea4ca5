/** Works out what takes one patch back in a document: its text goes, what it deleted returns, all else stays. */
import type { StoredRow } from '@relpin/db/stored-document.ts'
import type { Author } from '@relpin/db/update-log.ts'
import * as Y from 'yjs'
import type { IdRange } from '../effective-change.ts'
import { IdMap } from './id-map.ts'
import type { Origins } from './origins.ts'
import { partOf } from './plan-revert.ts'
import { spansOf, type Span, type Step } from './rewrite.ts'
import { changeOfRow } from './row-change.ts'

export type Done = {
  /** The first writings of what it inserted. */
  readonly inserted: IdMap<true>
  /** What it deleted of others, as it read. */
  readonly deleted: IdMap<{ readonly text: string }>
  /** The document's clocks before it. */
  readonly before: ReadonlyMap<number, number>
}

/** `doc` has everything before the rows and gets all of them. `null` when none of them is the patch's. */
export function doneByPatch(
  doc: Y.Doc,
  rows: readonly StoredRow[],
  patchId: string,
  origins: Origins,
): Done | null {
  const inserted = new IdMap<true>()
  const own = new IdMap<true>()
  const deleted = new IdMap<{ readonly text: string }>()
  let before: ReadonlyMap<number, number> | null = null
  doc.transact(() => {
    for (const row of rows) {
      if (row.author.patchId === patchId) {
        before ??= Y.decodeStateVector(Y.encodeStateVector(doc))
        const change = changeOfRow(doc, row.bytes)
        for (const range of change.deleted) {
          for (const { from, to, value } of own.cut(range)) {
            const others = { client: range.client, from, to }
            if (!value) deleted.add(others, { text: textOfIds(doc, others) })
          }
        }
        for (const range of change.inserted) {
          own.add(range, true)
          for (const { origin } of origins.of(range)) inserted.add(origin, true)
        }
      }
      Y.applyUpdate(doc, row.bytes)
    }
  })
  return before === null ? null : { inserted, deleted, before }
}

export function planUndo(
  main: Y.Doc,
  done: Done,
  origins: Origins,
  writerOf: (client: number) => Author,
): readonly Step[] {
  const spans = [...spansOf(main)]
  const standing = new IdMap<true>()
  for (const span of spans) {
    if (!span.shown) continue
    for (const { origin } of origins.of(span.range)) standing.add(origin, true)
  }
  const steps = spans.flatMap((span) =>
    span.shown
      ? [...takeOut(span, done, origins)]
      : [...bringBack(span, done, origins, standing, writerOf(span.range.client))],
  )
  return withoutRetyped(steps, done)
}

function* takeOut(span: Span, done: Done, origins: Origins): Generator<Step> {
  for (const { range, origin } of origins.of(span.range)) {
    for (const cut of done.inserted.cut(origin)) {
      const from = range.from + cut.from - origin.from
      const part = partOf(span, from, from + cut.to - cut.from)
      yield { span: part, fate: { kind: cut.value ? 'remove' : 'stay' } }
    }
  }
}

function* bringBack(
  span: Span,
  done: Done,
  origins: Origins,
  standing: IdMap<true>,
  writer: Author,
): Generator<Step> {
  const { client } = span.range
  for (const cut of done.deleted.cut(span.range)) {
    if (!cut.value) {
      yield { span: partOf(span, cut.from, cut.to), fate: { kind: 'stay' } }
      continue
    }
    const { text } = cut.value
    for (const { range, origin } of origins.of({ client, from: cut.from, to: cut.to })) {
      for (const one of standing.cut(origin)) {
        const from = range.from + one.from - origin.from
        const to = from + one.to - one.from
        const start = cut.offset + from - cut.from
        yield {
          span: partOf(span, from, to),
          fate: one.value
            ? { kind: 'stay' }
            : {
                kind: 'bring',
                text: text.slice(start, start + to - from),
                origin: { client: origin.client, from: one.from, to: one.to },
                writer,
              },
        }
      }
    }
  }
}

/**
 * What somebody typed again since, in the very place and to the letter, is not brought back a second time. A place is
 * what lies between two characters that were there before the patch and still are.
 */
function withoutRetyped(steps: readonly Step[], done: Done): readonly Step[] {
  const result: Step[] = []
  let place: Step[] = []
  const close = (): void => {
    const brought = place.map(({ fate }) => (fate.kind === 'bring' ? fate.text : '')).join('')
    const typed = place.map(({ span, fate }) =>
      span.shown && fate.kind === 'stay' ? span.text : '',
    )
    const again = brought !== '' && typed.join('') === brought
    for (const step of place) {
      result.push(again && step.fate.kind === 'bring' ? { ...step, fate: { kind: 'stay' } } : step)
    }
    place = []
  }
  for (const step of steps) {
    const { client, from } = step.span.range
    const old = from < (done.before.get(client) ?? 0)
    if (step.span.shown && step.fate.kind === 'stay' && old) {
      close()
      result.push(step)
    } else place.push(step)
  }
  close()
  return result
}

function textOfIds(doc: Y.Doc, { client, from, to }: IdRange): string {
  const structs = doc.store.clients.get(client) ?? []
  let text = ''
  for (let clock = from, index = Y.findIndexSS(structs, from); clock < to; index += 1) {
    const struct = structs[index]
    if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString))
      throw new Error('visible text is not a string')
    const { str } = struct.content
    text += str.slice(clock - struct.id.clock, to - struct.id.clock)
    clock = struct.id.clock + struct.length
  }
  return text
}
