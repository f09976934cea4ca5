/** Works out how a document comes to read as it did at an earlier point, keeping whatever of it still stands. */
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import type { Author } from '@relpin/db/update-log.ts'
import type * as Y from 'yjs'
import { IdMap } from './id-map.ts'
import type { Origins } from './origins.ts'
import { spansOf, textAfter, type Span, type Step } from './rewrite.ts'

type Then = { readonly text: string }

/** `then` is the document at that point, whole with what was deleted since. */
export function planRevert(
  main: Y.Doc,
  then: Y.Doc,
  origins: Origins,
  writerOf: (client: number) => Author,
): readonly Step[] {
  const wanted = then.getText(TEXT_ROOT).toString()
  const shownThen = new IdMap<Then>()
  const originsThen = new IdMap<true>()
  for (const { range, shown, text } of spansOf(then)) {
    if (!shown) continue
    shownThen.add(range, { text })
    for (const { origin } of origins.of(range)) originsThen.add(origin, true)
  }
  // What was deleted and brought back since may stay, unless it stands in another order now.
  const lenient = stepsOf(main, shownThen, origins, writerOf, originsThen)
  if (textAfter(lenient) === wanted) return lenient
  const strict = stepsOf(main, shownThen, origins, writerOf, null)
  if (textAfter(strict) !== wanted) throw new Error('a document does not go back to what it was')
  return strict
}

/** With `standIns`, text that stands for something of then stays, and that is not brought back a second time. */
function stepsOf(
  main: Y.Doc,
  shownThen: IdMap<Then>,
  origins: Origins,
  writerOf: (client: number) => Author,
  standIns: IdMap<true> | null,
): readonly Step[] {
  const steps: Step[] = []
  const standing = new IdMap<true>()
  if (standIns) {
    for (const span of spansOf(main)) {
      if (!span.shown) continue
      for (const { origin } of origins.of(span.range))
        for (const cut of standIns.cut(origin))
          if (cut.value) standing.add({ client: origin.client, from: cut.from, to: cut.to }, true)
    }
  }
  for (const span of spansOf(main)) {
    const { client } = span.range
    for (const cut of shownThen.cut(span.range)) {
      const part = partOf(span, cut.from, cut.to)
      if (span.shown && cut.value) steps.push({ span: part, fate: { kind: 'stay' } })
      else if (span.shown) steps.push(...standInSteps(part, origins, standIns))
      else if (!cut.value) steps.push({ span: part, fate: { kind: 'stay' } })
      else {
        const text = cut.value.text.slice(cut.offset, cut.offset + cut.to - cut.from)
        steps.push(...bringSteps(part, text, origins, writerOf(client), standing))
      }
    }
  }
  return steps
}

function* standInSteps(part: Span, origins: Origins, standIns: IdMap<true> | null) {
  for (const { range, origin } of origins.of(part.range)) {
    if (!standIns) {
      yield { span: partOf(part, range.from, range.to), fate: { kind: 'remove' } } as const
      continue
    }
    for (const cut of standIns.cut(origin)) {
      const from = range.from + cut.from - origin.from
      const span = partOf(part, from, from + cut.to - cut.from)
      yield { span, fate: { kind: cut.value ? 'stay' : 'remove' } } as const
    }
  }
}

function* bringSteps(
  part: Span,
  text: string,
  origins: Origins,
  writer: Author,
  standing: IdMap<true>,
): Generator<Step> {
  for (const { range, origin } of origins.of(part.range)) {
    for (const cut of standing.cut(origin)) {
      const from = range.from + cut.from - origin.from
      const to = from + cut.to - cut.from
      const span = partOf(part, from, to)
      yield {
        span,
        fate: cut.value
          ? { kind: 'stay' }
          : {
              kind: 'bring',
              text: text.slice(from - part.range.from, to - part.range.from),
              origin: { client: origin.client, from: cut.from, to: cut.to },
              writer,
            },
      }
    }
  }
}

/** The ids `[from, to)` of a span. */
export function partOf(span: Span, from: number, to: number): Span {
  const { client, from: start } = span.range
  return {
    range: { client, from, to },
    shown: span.shown,
    text: span.text.slice(from - start, to - start),
  }
}
