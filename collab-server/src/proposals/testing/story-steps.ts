/** What may happen in a story of proposals: each step by itself, what happens at the same time, and where it ends. */
import fc from 'fast-check'
import type { Key } from './letters.ts'

/** When the process dies: never, or with a commit that fails, or with one that succeeds and is never answered. */
export type Crash = 'never' | 'before' | 'after'
const key: fc.Arbitrary<Key> = fc.record({ at: fc.nat(60), cut: fc.nat(5), add: fc.nat(4) })
const crash: fc.Arbitrary<Crash> = fc.oneof(
  { weight: 5, arbitrary: fc.constant('never' as const) },
  { weight: 1, arbitrary: fc.constantFrom('before', 'after' as const) },
)
/** A key somewhere in the text, or in the middle of what is being decided. */
const inFlight = { key, inside: fc.boolean() }
const which = fc.array(fc.boolean(), { minLength: 1, maxLength: 3 })
const verb = fc.constantFrom('approve', 'approve', 'reject' as const)

export const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('main' as const), key, crash }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('propose' as const),
      who: fc.nat(2),
      turn: fc.nat(1),
      key,
      crash,
      /** A turn that goes on is a draft, which nobody may decide yet. */
      ends: fc.constantFrom(true, true, false),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('decide' as const),
      patch: fc.nat(5),
      decision: verb,
      which,
      /** What it builds on in other patches is approved along. */
      bases: fc.boolean(),
      /** Somebody else decides at the same time: the same, or something else about the same patch. */
      second: fc.option(
        fc.record({
          by: fc.constantFrom('admin', 'author' as const),
          what: fc.option(fc.record({ decision: verb, which })),
        }),
      ),
      /** Typed by the author into what they saw before, and never sent. */
      late: fc.option(fc.record(inFlight)),
      /** Typed by the author and sent while it is decided. */
      racing: fc.option(fc.record({ ...inFlight, afterMs: fc.nat(12) })),
      /** Typed in main while it is decided. */
      meanwhile: fc.option(key),
      crash,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const) }) },
)
export type Step = typeof step extends fc.Arbitrary<infer One> ? One : never
export type InFlight = { readonly key: Key; readonly inside: boolean }
export type Decide = Extract<Step, { kind: 'decide' }>
export type Propose = Extract<Step, { kind: 'propose' }>
