/** Where hunks stand after somebody typed beside them: the same plans, further down or up, without looking at the text. */
import type { Mark, Plan } from './plan.ts'

/** One change of the shown text, as Monaco tells it: lines from 1 and offsets of the text before it. */
export type TextChange = {
  readonly range: { readonly startLineNumber: number; readonly endLineNumber: number }
  readonly rangeOffset: number
  readonly rangeLength: number
  readonly text: string
}

/**
 * `null` when the change is in, or right beside, what a plan is about: then it has to be planned anew. Plans that stay
 * where they are come back as the same objects.
 */
export function shifted<Each extends { readonly plan: Plan }>(
  shown: readonly Each[],
  change: TextChange,
): readonly Each[] | null {
  const { startLineNumber: first, endLineNumber: last } = change.range
  const by = change.text.length - change.rangeLength
  const lines = breaksIn(change.text) - (last - first)
  const moved: Each[] = []
  for (const one of shown) {
    const { plan } = one
    // A line further: a change at its very edge moves what is anchored there.
    if (Math.min(plan.span.first, plan.firstLine) - 1 > last) {
      moved.push({ ...one, plan: shiftedPlan(plan, by, lines) })
    } else if (Math.max(plan.span.last, plan.lastLine) + 1 < first) moved.push(one)
    else return null
  }
  return moved
}

function breaksIn(text: string): number {
  let breaks = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) breaks += 1
  return breaks
}

function shiftedPlan(plan: Plan, by: number, lines: number): Plan {
  return {
    marks: plan.marks.map((mark) => shiftedMark(mark, by, lines)),
    from: plan.from + by,
    firstLine: plan.firstLine + lines,
    lastLine: plan.lastLine + lines,
    span: { first: plan.span.first + lines, last: plan.span.last + lines },
  }
}

function shiftedMark(mark: Mark, by: number, lines: number): Mark {
  switch (mark.kind) {
    case 'strike':
    case 'typed':
      return { ...mark, from: mark.from + by, to: mark.to + by }
    case 'inline':
    case 'gone':
      return { ...mark, at: mark.at + by }
    case 'block':
      return { ...mark, after: mark.after + lines }
  }
}
