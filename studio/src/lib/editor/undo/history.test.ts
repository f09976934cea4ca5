import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Proposal, type Fate } from './testing/proposal.ts'

type Act =
  | { readonly kind: 'type'; readonly at: number; readonly cut: number; readonly add: string }
  | { readonly kind: 'decide'; readonly fates: readonly Fate[] }

const typing = fc.record({
  kind: fc.constant('type' as const),
  at: fc.nat(30),
  cut: fc.nat(3),
  add: fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 4 }),
})
const deciding = (fate: fc.Arbitrary<Fate>) =>
  fc.record({
    kind: fc.constant('decide' as const),
    fates: fc.array(fate, { minLength: 1, maxLength: 4 }),
  })
const start = fc.string({ unit: fc.constantFrom('x', 'y', ' '), maxLength: 12 })

function act(proposal: Proposal, one: Act): void {
  if (one.kind === 'type') proposal.type(one.at, one.cut, one.add)
  else proposal.decide(one.fates)
}

test('what waits is taken back key by key after a decision about something else, as it would have been before', () => {
  const proposal = new Proposal('alpha omega')
  act(proposal, { kind: 'type', at: 5, cut: 0, add: ' one' })
  act(proposal, { kind: 'type', at: 15, cut: 0, add: ' two' })
  act(proposal, { kind: 'type', at: 19, cut: 0, add: ' three' })
  expect(proposal.text).toBe('alpha one omega two three')
  act(proposal, { kind: 'decide', fates: ['accept', 'keep'] })
  expect(proposal.mainText).toBe('alpha one omega')
  proposal.undo()
  expect(proposal.text).toBe('alpha one omega two')
  proposal.undo()
  expect(proposal.text).toBe('alpha one omega')
  // What was approved is nobody's to take back any more.
  proposal.undo()
  expect(proposal.text).toBe('alpha one omega')
  proposal.redo()
  proposal.redo()
  expect(proposal.text).toBe('alpha one omega two three')
})

test('a word that was taken out comes back, and so does what one typed and took out again', () => {
  const proposal = new Proposal('alpha omega')
  act(proposal, { kind: 'type', at: 5, cut: 6, add: '' })
  act(proposal, { kind: 'type', at: 5, cut: 0, add: 'bet' })
  act(proposal, { kind: 'type', at: 6, cut: 1, add: '' })
  expect(proposal.text).toBe('alphabt')
  act(proposal, { kind: 'decide', fates: ['keep'] })
  act(proposal, { kind: 'decide', fates: ['keep'] })
  const seen = [1, 2, 3].map(() => {
    proposal.undo()
    return proposal.text
  })
  expect(seen).toEqual(['alphabet', 'alpha', 'alpha omega'])
})

test('what was rejected does not come back', () => {
  const proposal = new Proposal('alpha')
  act(proposal, { kind: 'type', at: 5, cut: 0, add: ' wonder' })
  act(proposal, { kind: 'type', at: 11, cut: 1, add: '' })
  act(proposal, { kind: 'decide', fates: ['reject'] })
  for (let times = 0; times < 3; times += 1) proposal.undo()
  expect(proposal.text).toBe('alpha')
})

test('as long as nothing is decided, undo does the same over any number of generations', () => {
  const acts = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: typing },
      { weight: 2, arbitrary: deciding(fc.constant('keep' as const)) },
    ),
    { maxLength: 14 },
  )
  fc.assert(
    fc.property(start, acts, (text, done) => {
      const proposal = new Proposal(text)
      const untouched = new Proposal(text)
      for (const one of done) {
        act(proposal, one)
        if (one.kind !== 'decide') act(untouched, one)
      }
      for (let times = 0; times <= done.length; times += 1) {
        expect(proposal.text).toBe(untouched.text)
        proposal.undo()
        untouched.undo()
      }
      expect(proposal.text).toBe(text)
    }),
    { numRuns: 1_000 },
  )
})

test('whatever was decided, all that waits can be taken back, and nothing else', () => {
  const round = fc.record({
    typed: fc.array(typing, { maxLength: 4 }),
    decided: deciding(fc.constantFrom('accept', 'reject', 'keep')),
  })
  fc.assert(
    fc.property(start, fc.array(round, { maxLength: 4 }), (text, rounds) => {
      const proposal = new Proposal(text)
      let steps = 1
      for (const { typed, decided } of rounds) {
        for (const one of [...typed, decided]) act(proposal, one)
        steps += typed.length
      }
      const main = proposal.mainText
      for (let times = 0; times < steps; times += 1) proposal.undo()
      expect(proposal.text).toBe(main)
      expect(proposal.mainText).toBe(main)
    }),
    { numRuns: 1_500 },
  )
})
