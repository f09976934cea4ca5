/**
 * Proposals as a property, at the real door and on a real database: people and agents type, propose, decide, two at
 * once and with keys in flight, while the process dies before or after any commit and starts again from the log. Every
 * character is typed once, so that each can be followed: it is in main exactly if it was typed there or approved.
 */
import type { Member } from '@relpin/authority/actors.ts'
import type {
  Hunk,
  PatchDetail,
  PatchSummary,
  ResolveResponse,
  Verdict,
} from '@relpin/authority/contracts/collab.ts'
import { TEXT_ROOT } from '@relpin/authority/document-names.ts'
import { carryKeys } from '@relpin/authority/rebase-map.ts'
import { lastRebases } from '@relpin/db/branches.ts'
import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { TestStudio } from '../testing/studio.ts'
import {
  allOf,
  applied,
  inOrder,
  land,
  letters,
  proposerIn,
  sorted,
  type,
  type Key,
} from './testing/letters.ts'
import { textItems } from './testing/text-items.ts'

const WANTED = process.env['RELPIN_PROPERTY_RUNS']
const RUNS = Number(WANTED ?? 60)
/** On a slow machine fewer are told, unless a number is asked for. */
const TIME_LIMIT_MS = WANTED === undefined ? 30_000 : Infinity

/** When the process dies: never, or with a commit that fails, or with one that succeeds and is never answered. */
type Crash = 'never' | 'before' | 'after'
const key: fc.Arbitrary<Key> = fc.record({ at: fc.nat(60), cut: fc.nat(5), add: fc.nat(4) })
const crash: fc.Arbitrary<Crash> = fc.constantFrom('never', 'never', 'never', 'before', 'after')
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('main' as const), key, crash }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('propose' as const),
      who: fc.nat(2),
      turn: fc.nat(1),
      key,
      crash,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('decide' as const),
      patch: fc.nat(5),
      decision: fc.constantFrom('approve', 'approve', 'reject' as const),
      which: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
      twice: fc.boolean(),
      late: fc.option(key),
      meanwhile: fc.option(key),
      crash,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reload' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

class Death extends Error {}

/** One file, what should be in it, and who works on it. */
class Story {
  readonly studio: TestStudio
  readonly path: string
  readonly proposers: readonly Member[]
  readonly patches: { readonly id: string; readonly who: number }[] = []
  /** What main should hold, and what each proposer has pending. */
  main: Set<string>
  readonly inserted = [new Set<string>(), new Set<string>(), new Set<string>()]
  readonly deleted = [new Set<string>(), new Set<string>(), new Set<string>()]

  constructor(studio: TestStudio, path: string, text: string, proposers: readonly Member[]) {
    this.studio = studio
    this.path = path
    this.proposers = proposers
    this.main = new Set(text)
  }

  async play(one: Step): Promise<void> {
    switch (one.kind) {
      case 'main':
        return this.typeInMain(one.key, one.crash)
      case 'propose':
        return this.propose(one.who, one.turn, one.key, one.crash)
      case 'decide':
        return this.decide(one)
      case 'reload':
        return this.restart()
    }
  }

  /** What is in memory is gone; everything is read from the log again. */
  async restart(): Promise<void> {
    const { home, workspaces } = this.studio.server.context
    const state = await workspaces.open(this.studio.workspace.id)
    if (state) home.lost(state.lease)
  }

  async typeInMain(one: Key, dies: Crash): Promise<void> {
    const seen = await this.studio.read(this.path)
    const { update, typed, removed } = type(seen.state, one)
    const changed = new Set(this.main)
    for (const character of removed) changed.delete(character)
    for (const character of typed) changed.add(character)
    const as = this.studio.person('builder')
    const verdict = await this.#dying(dies, () => this.#send(as, seen.document, update, 'typing'))
    if (verdict === null) this.main = await this.#either(this.main, changed)
    else this.main = changed
    this.#forgetDeleted()
  }

  async propose(who: number, turn: number, one: Key, dies: Crash): Promise<void> {
    const as = this.proposers[who] as Member
    const seen = await this.studio.read(this.path, as, proposerIn(as))
    const made = type(seen.state, one)
    const intent = `turn-${turn}-of-${this.path}`
    const verdict = await this.#dying(dies, () =>
      this.#send(as, seen.document, made.update, intent),
    )
    if (verdict === null) {
      // Committed or not, whole or not at all: what its author sees tells which.
      const text = new Set((await this.studio.read(this.path, as, proposerIn(as))).text)
      const arrived =
        [...made.typed].every((character) => text.has(character)) &&
        [...made.removed].every((character) => !text.has(character))
      if (arrived && made.typed + made.removed !== '') this.#proposed(who, made)
    } else if (verdict.verdict === 'queued') this.#proposed(who, made)
    await this.#submit(who, intent)
  }

  async decide(one: Extract<Step, { kind: 'decide' }>): Promise<void> {
    const chosenPatch = this.patches[one.patch % Math.max(1, this.patches.length)]
    if (!chosenPatch) return
    const { id: patch, who } = chosenPatch
    const as = this.proposers[who] as Member
    const shown = await this.detail(patch)
    const hunks = shown.diffs
      .flatMap((file) => file.hunks)
      .filter((_, index) => one.which[index % one.which.length])
    if (hunks.length === 0) return
    // Somebody types on while it is decided, into what they saw before.
    const before = await this.studio.read(this.path, as, proposerIn(as))
    const mainBefore = (await this.studio.read(this.path)).text

    const approved = applied(this.main, hunks)
    const approvers = one.twice ? (['owner', 'admin'] as const) : (['owner'] as const)
    const outcomes = await this.#dying(one.crash, () =>
      allOf([
        ...approvers.map((role) => this.#resolve(role, patch, one.decision, hunks)),
        ...(one.meanwhile && one.crash === 'never'
          ? [this.typeInMain(one.meanwhile, 'never').then(() => null)]
          : []),
      ]),
    )
    const done = outcomes?.filter((outcome) => outcome?.outcome === 'done').length
    expect(done ?? 0).toBeLessThanOrEqual(1)
    let landed = done === 1 && one.decision === 'approve'
    let gone = done === 1 && one.decision === 'reject'
    if (outcomes === null) {
      const left = new Set((await this.#open(patch)).map(({ digest }) => digest))
      const decided = hunks.every(({ digest }) => !left.has(digest))
      landed = decided && one.decision === 'approve'
      gone = decided && one.decision === 'reject'
    }
    if (landed) {
      if (!one.meanwhile) this.main = approved
      else for (const hunk of hunks) land(this.main, hunk)
    }
    if (landed || gone) this.#settled(who, hunks)
    if (gone) await this.#noticeStale(who)
    this.#forgetDeleted()
    const text = (await this.studio.read(this.path)).text
    if (landed && !one.meanwhile) {
      const after = shown.diffs[0]?.after ?? ''
      expect(inOrder(text, after), 'as it was reviewed').toBe(true)
      expect(inOrder(text, mainBefore), 'as it was').toBe(true)
    }
    if (one.late) await this.#typeLate(who, before, one.late)
  }

  /** Keys that were typed into the branch as it was before the decision, and never arrived there. */
  async #typeLate(
    who: number,
    before: { readonly state: string; readonly document: string },
    late: Key,
  ): Promise<void> {
    const as = this.proposers[who] as Member
    const { doc: old, typed, removed } = type(before.state, late)
    const fresh = await this.studio.read(this.path, as, proposerIn(as))
    if (!before.document.startsWith('branch/') || fresh.document !== before.document) return
    const maps = await lastRebases(this.studio.database.sql, before.document, 100)
    const doc = new Y.Doc()
    Y.applyUpdate(doc, Buffer.from(fresh.state, 'base64'))
    const since = Y.encodeStateVector(doc)
    const { edits } = carryKeys(textItems(old), textItems(doc), maps)
    const text = doc.getText(TEXT_ROOT)
    const was = text.toString()
    doc.transact(() => {
      for (const { offset, remove, insert } of edits.toReversed()) {
        text.delete(offset, remove)
        text.insert(offset, insert)
      }
    })
    const now = text.toString()
    for (const character of typed) expect(now.split(character)).toHaveLength(2)
    const kept = [...was].filter((character) => !removed.includes(character))
    expect(inOrder(now, kept.join(''))).toBe(true)
    const update = Buffer.from(Y.encodeStateAsUpdate(doc, since)).toString('base64')
    const intent = `late-${randomUUID()}`
    const verdict = await this.#send(as, fresh.document, update, intent)
    if (verdict.verdict !== 'queued') return
    const cut = [...was].filter((character) => !now.includes(character)).join('')
    this.#proposed(who, { typed, removed: cut })
    await this.#submit(who, intent)
  }

  /** Main is what it should be, and so is what each proposer sees. */
  async check(): Promise<void> {
    expect(sorted((await this.studio.read(this.path)).text)).toBe(sorted(this.main))
    for (const [who, as] of this.proposers.entries()) {
      const view = new Set(this.main)
      for (const character of this.deleted[who] ?? []) view.delete(character)
      for (const character of this.inserted[who] ?? []) view.add(character)
      const { text } = await this.studio.read(this.path, as, proposerIn(as))
      expect(sorted(text), `what ${who} sees`).toBe(sorted(view))
    }
  }

  detail(patch: string): Promise<PatchDetail> {
    const workspaceId = this.studio.workspace.id
    return this.studio.post('/internal/patches/detail', { workspaceId, patch })
  }

  async #open(patch: string): Promise<readonly Hunk[]> {
    return (await this.detail(patch)).diffs.flatMap((file) => file.hunks)
  }

  #resolve(
    role: 'owner' | 'admin',
    patch: string,
    decision: 'approve' | 'reject',
    hunks: readonly Hunk[],
  ): Promise<ResolveResponse> {
    return this.studio.post('/internal/patches/resolve', {
      as: this.studio.person(role),
      workspaceId: this.studio.workspace.id,
      patch,
      decision,
      hunks: hunks.map(({ digest }) => digest),
    })
  }

  #send(as: Member, document: string, update: string, intent: string): Promise<Verdict> {
    return this.studio.post('/internal/changes', {
      as,
      workspaceId: this.studio.workspace.id,
      changes: [{ op: 'update', document, update }],
      intent: { id: intent, title: 'A turn' },
    })
  }

  async #submit(who: number, intentId: string): Promise<void> {
    const body = { as: this.proposers[who], workspaceId: this.studio.workspace.id, intentId }
    const summary = await this.studio
      .post<PatchSummary>('/internal/patches/submit', body)
      .catch((error: unknown) => {
        // There was nothing to submit.
        if (String(error).includes('204')) return null
        throw error
      })
    if (!summary || this.patches.some(({ id }) => id === summary.id)) return
    this.patches.push({ id: summary.id, who })
  }

  /** `null` when the process died over it. */
  async #dying<T>(dies: Crash, work: () => Promise<T>): Promise<T | null> {
    if (dies === 'never') return work()
    const { updates } = this.studio.server.context
    const append = updates.append.bind(updates)
    updates.append = async (one) => {
      updates.append = append
      if (dies === 'after') await append(one)
      throw new Death('the process died')
    }
    try {
      await work()
    } catch {
      // What its caller gets is a broken connection.
    } finally {
      updates.append = append
      await this.restart()
    }
    return null
  }

  async #either(one: Set<string>, other: Set<string>): Promise<Set<string>> {
    const now = sorted((await this.studio.read(this.path)).text)
    expect([sorted(one), sorted(other)]).toContain(now)
    return now === sorted(other) ? other : one
  }

  #proposed(who: number, { typed, removed }: { typed: string; removed: string }): void {
    for (const character of removed) {
      if (!this.inserted[who]?.delete(character)) this.deleted[who]?.add(character)
    }
    for (const character of typed) this.inserted[who]?.add(character)
  }

  #settled(who: number, hunks: readonly Pick<Hunk, 'change'>[]): void {
    for (const { change } of hunks) {
      if (change.kind !== 'text') continue
      for (const { kind, text } of change.segments)
        for (const character of text)
          (kind === 'insert' ? this.inserted : this.deleted)[who]?.delete(character)
    }
  }

  /** What stood on what was rejected is gone from the branch as well. */
  async #noticeStale(who: number): Promise<void> {
    for (const { id } of this.patches.filter((one) => one.who === who)) {
      for (const { pieces } of (await this.detail(id)).stale)
        for (const { kind, text } of pieces)
          for (const character of text)
            (kind === 'insert' ? this.inserted : this.deleted)[who]?.delete(character)
    }
  }

  /** What main does not have any more, nobody proposes to delete. */
  #forgetDeleted(): void {
    for (const deleted of this.deleted)
      for (const character of deleted) if (!this.main.has(character)) deleted.delete(character)
  }
}

test(
  'main holds what was typed there and what was approved, each once, whatever happens in between',
  { timeout: WANTED === undefined ? 120_000 : 3_600_000 },
  async () => {
    await using studio = await TestStudio.open({ 'README.md': '\n' })
    const proposers = [
      await studio.agent('reviewer'),
      await studio.agent('reviewer'),
      studio.person('reviewer'),
    ]
    const told: Story[] = []
    let runs = 0
    const until = Date.now() + TIME_LIMIT_MS
    await fc.assert(
      fc.asyncProperty(fc.nat(20), fc.array(step, { maxLength: 14 }), async (start, steps) => {
        if (Date.now() > until) return
        const path = `src/${randomUUID()}.ts`
        const text = letters(start)
        await studio.change(studio.person('owner'), [
          { op: 'create', path, content: { kind: 'text', text } },
        ])
        const story = new Story(studio, path, text, proposers)
        for (const one of steps) {
          await story.play(one)
          await story.check()
        }
        runs += 1
        told.push(story)
        if (told.length > 20) told.shift()
      }),
      { numRuns: RUNS, endOnFailure: WANTED !== undefined },
    )
    // And once more from the log alone.
    await studio.restart()
    for (const story of told) await story.check()
    expect(runs).toBeGreaterThan(0)
    if (WANTED !== undefined) process.stderr.write(`${runs} stories of proposals told\n`)
  },
)
