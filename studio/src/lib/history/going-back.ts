/** Before and after going back: what one's own authority makes of it, and what became of it. */
import type { Problem } from '@relpin/authority/contracts/problem.ts'
import { type Decision, strictest } from '@relpin/authority/decide.ts'
import { classifyPath } from '@relpin/authority/path-class.ts'
import type { Answer } from '#lib/api/client.ts'
import { may } from '#lib/api/may.ts'
import type { Me } from '#lib/api/shapes.ts'
import type { Accepted } from './history-api.ts'

/** The server's own decision, asked beforehand: the strictest over all files. Without files nothing is allowed. */
export function authorityOver(me: Me, paths: readonly string[]): Decision {
  const [first, ...rest] = paths.map((path) =>
    may(me, { action: 'file.write', pathClass: classifyPath(path), proposeFirst: false }),
  )
  if (first) return strictest([first, ...rest])
  return {
    effect: 'deny',
    rule: 'no-file',
    why: 'The file is not in the workspace any more.',
    obligations: [],
  }
}

/** What will happen, for the question before it. */
export function willHappen(decision: Decision): string {
  switch (decision.effect) {
    case 'allow':
      return 'This lands at once, for everybody who works here.'
    case 'queue':
      return `This waits as a proposal and changes nothing yet. ${decision.why}`
    case 'deny':
      return decision.why
  }
}

/** `left` says of each thing that could not be taken back why. */
export type Outcome =
  | {
      readonly kind: 'landed'
      readonly title: string
      readonly patch: string | null
      readonly left: readonly string[]
    }
  | {
      readonly kind: 'waits'
      readonly title: string
      readonly patch: string
      readonly why: string
      readonly left: readonly string[]
    }
  | { readonly kind: 'denied'; readonly title: string; readonly rule: string; readonly why: string }
  | { readonly kind: 'failed'; readonly title: string; readonly why: string }

/** The server's verdict in words. */
export function outcomeOf(answer: Answer<Accepted>): Outcome {
  if (!answer.ok) return refusal(answer.problem)
  const verdict = answer.value
  return verdict.verdict === 'applied'
    ? {
        kind: 'landed',
        title: verdict.patch ? `Landed as patch ${verdict.patch}` : 'Landed',
        patch: verdict.patch,
        left: verdict.left,
      }
    : {
        kind: 'waits',
        title: `Waits for approval as patch ${verdict.patch}`,
        patch: verdict.patch,
        why: verdict.why,
        left: verdict.left,
      }
}

function refusal(problem: Problem): Outcome {
  return problem.rule
    ? {
        kind: 'denied',
        title: `Denied by rule ${problem.rule}`,
        rule: problem.rule,
        why: problem.detail,
      }
    : {
        kind: 'failed',
        title: problem.status === 409 ? 'Nothing was changed' : problem.title,
        why: problem.detail,
      }
}
