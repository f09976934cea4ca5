/** One file, what should be in it, and who works on it: plays steps at the real door, and checks the file against a model. */
import type { Commander, Member } from '@relpin/authority/actors.ts'
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
import { testSignInOf } from '@relpin/db/testing/test-sign-in.ts'
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import * as Y from 'yjs'
import { decidePatch, digestsIn, patchDetail } from '../../testing/patches.ts'
import type { TestStudio } from '../../testing/studio.ts'
import { allOf, inOrder, insertedBy, proposerIn, sorted, type, type Key } from './letters.ts'
import { Replicas } from './replicas.ts'
import { StoryModel, type Typed } from './story-model.ts'
import type { Crash, Decide, InFlight, Propose, Step } from './story-steps.ts'
import { textItems } from './text-items.ts'

class Death extends Error {}

/** What happened in all the stories, so that it can be seen that each of these was tried. */
export const told = new Map<string, number>()
const tell = (what: string, times = 1): unknown => told.set(what, (told.get(what) ?? 0) + times)

type Seen = { readonly state: string; readonly document: string }
type Handed = { readonly id: string; readonly who: number }
/** What one person decides about a patch. */
type Decision = {
  readonly as: Member
  readonly decision: 'approve' | 'reject'
  readonly hunks: readonly Hunk[]
}

export class Story {
  readonly studio: TestStudio
  readonly path: string
  readonly proposers: readonly Member[]
  readonly model: StoryModel
  readonly replicas = new Replicas()
  /** What was handed in, and what is still being written. */
  readonly patches: Handed[] = []
  readonly drafts: Handed[] = []
  readonly #staleSeen = new Map<string, number>()

  constructor(studio: TestStudio, path: string, text: string, proposers: readonly Member[]) {
    this.studio = studio
    this.path = path
    this.proposers = proposers
    this.model = new StoryModel(text, proposers.length)
  }

  /** The file is deleted, and what waits in it is stale. */
  async end(): Promise<void> {
    await this.studio.change(this.studio.person('owner'), [{ op: 'delete', path: this.path }])
  }

  async play(one: Step): Promise<void> {
    switch (one.kind) {
      case 'main':
        return this.typeInMain(one.key, one.crash)
      case 'propose':
        return this.propose(one)
      case 'decide':
        return this.decide(one)
      case 'reload':
        return this.restart()
    }
  }

  /** What is in memory is gone; everything is read from the log again. */
  async restart(): Promise<void> {
    tell('reloads')
    const { home, workspaces } = this.studio.server.context
    const state = await workspaces.open(this.studio.workspace.id)
    if (state) home.lost(state.lease)
  }

  async typeInMain(one: Key, dies: Crash): Promise<void> {
    const seen = await this.studio.read(this.path)
    const made = type(seen.state, one)
    const as = this.studio.person('builder')
    const verdict = await this.#dying(dies, () => this.#send(as, seen, made.update, 'typing'))
    // What else lands meanwhile is added to main by whoever knows of it.
    if (verdict !== null || (await this.#isIn(made))) this.model.main = this.model.mainWith(made)
    this.model.forgetDeleted()
  }

  async propose({ who, turn, key, crash, ends }: Propose): Promise<void> {
    const as = this.proposers[who] as Member
    const seen = await this.studio.read(this.path, as, proposerIn(as))
    const made = type(seen.state, key)
    const intent = `turn-${turn}-of-${this.path}`
    const verdict = await this.#dying(crash, () => this.#send(as, seen, made.update, intent))
    if (verdict === null) {
      // Committed or not, whole or not at all: what its author sees tells which.
      if (await this.#isIn(made, as)) this.model.proposed(who, made)
    } else if (verdict.verdict === 'queued') {
      this.model.proposed(who, made)
      this.drafts.push({ id: verdict.patch, who })
    }
    if (ends || crash !== 'never') await this.#submit(who, intent)
  }

  async decide(one: Decide): Promise<void> {
    const shown = await this.#waiting(one.patch)
    if (!shown) return
    const { id: patch, who } = shown
    const proposer = this.proposers[who] as Member
    const all = shown.diffs.flatMap((file) => file.hunks)
    const pool = one.bases ? await this.#openOf(who) : []
    const decisions = this.#decisionsOf(one, proposer, all).map((decision) =>
      decision.decision === 'approve' ? withBases(decision, pool) : decision,
    )
    const hunks = decisions[0]?.hunks ?? []
    if (hunks.length === 0) return
    // Somebody types on while it is decided, into what they saw before.
    const before = await this.studio.read(this.path, proposer, proposerIn(proposer))
    const mainBefore = (await this.studio.read(this.path)).text

    const resolve = (decision: Decision) => this.#resolve(patch, decision)
    const others = one.crash === 'never' ? this.#meanwhile(who, before, hunks, one) : []
    const outcomes = await this.#dying(one.crash, async () => {
      const answers = allOf(decisions.map(resolve))
      await allOf<unknown>([answers, ...others])
      return answers
    })
    const done =
      outcomes === null
        ? decisions.slice(0, (await this.#isDecided(patch, hunks)) ? 1 : 0)
        : decisions.filter((_, index) => outcomes[index]?.outcome === 'done')
    const digests = done.flatMap((decision) => decision.hunks.map(({ digest }) => digest))
    expect(new Set(digests).size, 'each hunk is decided once').toBe(digests.length)
    if (decisions.length > 1) tell(`two at once, ${done.length} decided`)
    for (const { decision, hunks: decided } of done) {
      tell(`hunks to ${decision}`, decided.length)
      if (decision === 'approve') this.model.landed(who, decided)
      else this.model.rejected(who, decided)
    }
    await this.#noticeStale(who)
    this.model.forgetDeleted()
    const text = (await this.studio.read(this.path)).text
    if (done.length === 1 && done[0]?.decision === 'approve' && !one.meanwhile) {
      const after = shown.diffs[0]?.after ?? ''
      expect(inOrder(text, after), 'as it was reviewed').toBe(true)
      expect(inOrder(text, mainBefore), 'as it was').toBe(true)
    }
    if (one.late) await this.#typeLate(who, before, one.late, hunks)
  }

  /** One of the patches that can be decided. */
  async #waiting(number: number): Promise<(PatchDetail & { readonly who: number }) | null> {
    for (const index of this.patches.keys()) {
      const { id, who } = this.patches[(number + index) % this.patches.length] as Handed
      const shown = await this.detail(id)
      if (shown.openHunks > 0) return { ...shown, who }
    }
    return null
  }

  async #openOf(who: number): Promise<readonly Hunk[]> {
    const hunks: Hunk[] = []
    for (const { id } of this.patches.filter((one) => one.who === who))
      hunks.push(...(await this.detail(id)).diffs.flatMap((file) => file.hunks))
    return hunks
  }

  #decisionsOf(one: Decide, proposer: Member, all: readonly Hunk[]): readonly Decision[] {
    const { decision, second, crash } = one
    const chosen = (which: readonly boolean[]) =>
      all.filter((_, index) => which.every((wanted) => !wanted) || which[index % which.length])
    const first = { as: this.studio.person('owner'), decision, hunks: chosen(one.which) }
    if (!second) return [first]
    const as = second.by === 'author' ? human(proposer) : this.studio.person('admin')
    // When the process dies nobody is told whose decision it was: it is the same then.
    if (!second.what || crash !== 'never') return [first, { ...first, as }]
    const { which } = second.what
    return [first, { as, decision: second.what.decision, hunks: chosen(which) }]
  }

  /** What people type while it is decided, and send. */
  #meanwhile(
    who: number,
    before: Seen,
    hunks: readonly Hunk[],
    { racing, meanwhile }: Decide,
  ): readonly Promise<void>[] {
    return [
      ...(meanwhile ? [this.typeInMain(meanwhile, 'never')] : []),
      ...(racing ? [this.#race(who, before, racing, hunks)] : []),
    ]
  }

  async #race(
    who: number,
    before: Seen,
    { key, inside, afterMs }: InFlight & { readonly afterMs: number },
    hunks: readonly Hunk[],
  ): Promise<void> {
    const made = type(before.state, key, inside ? insertedBy(hunks) : '')
    await setTimeout(afterMs)
    const as = this.proposers[who] as Member
    const intent = `racing-${randomUUID()}`
    const verdict = await this.#send(as, before, made.update, intent)
    tell(`racing keys ${verdict.verdict} ${'rule' in verdict ? verdict.rule : ''}`)
    if (verdict.verdict !== 'queued') return
    this.model.proposed(who, made)
    await this.#submit(who, intent)
  }

  /** Keys that were typed into the branch as it was before the decision, and never arrived there. */
  async #typeLate(
    who: number,
    before: Seen,
    { key, inside }: InFlight,
    hunks: readonly Hunk[],
  ): Promise<void> {
    const as = this.proposers[who] as Member
    const { doc: old, typed, removed } = type(before.state, key, inside ? insertedBy(hunks) : '')
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
    const verdict = await this.#send(as, fresh, update, intent)
    tell(`late keys ${verdict.verdict}`)
    if (verdict.verdict !== 'queued') return
    const cut = [...was].filter((character) => !now.includes(character)).join('')
    this.model.proposed(who, { typed, removed: cut })
    await this.#submit(who, intent)
  }

  /** Main is what it should be, and so is what each proposer sees, also who has had it open all the time. */
  async check(): Promise<void> {
    const main = await this.studio.read(this.path)
    expect(sorted(main.text), 'main').toBe(sorted(this.model.main))
    this.replicas.follow(main.document, main.state, main.text)
    for (const [who, as] of this.proposers.entries()) {
      const seen = await this.studio.read(this.path, as, proposerIn(as))
      expect(sorted(seen.text), `what ${who} sees`).toBe(sorted(this.model.view(who)))
      this.replicas.follow(seen.document, seen.state, seen.text)
    }
  }

  detail(patch: string): Promise<PatchDetail> {
    return patchDetail(this.studio, patch)
  }

  async #isDecided(patch: string, hunks: readonly Hunk[]): Promise<boolean> {
    const open = new Set(digestsIn(await this.detail(patch)))
    return hunks.every(({ digest }) => !open.has(digest))
  }

  #resolve(patch: string, { as, decision, hunks }: Decision): Promise<ResolveResponse> {
    const digests = hunks.map(({ digest }) => digest)
    return decidePatch(this.studio, as, patch, decision, digests)
  }

  async #send(as: Member, { document }: Seen, update: string, intent: string): Promise<Verdict> {
    const verdict = await this.studio.post<Verdict>('/internal/changes', {
      as,
      workspaceId: this.studio.workspace.id,
      changes: [{ op: 'update', document, update }],
      intent: { id: intent, title: 'A turn' },
    })
    const isHere = verdict.verdict === 'queued' && verdict.branch === document
    if (isHere || verdict.verdict === 'applied') this.replicas.typed(document, update)
    return verdict
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
    tell(`deaths ${dies} a commit`)
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

  /** Whether this is in main, or in what its author sees. */
  async #isIn({ typed, removed }: Typed, as?: Member): Promise<boolean> {
    const seen = as
      ? await this.studio.read(this.path, as, proposerIn(as))
      : await this.studio.read(this.path)
    const has = (character: string): boolean => seen.text.includes(character)
    return [...typed].every(has) && ![...removed].some(has)
  }

  /** What stood on what was rejected is gone from the branch as well. */
  async #noticeStale(who: number): Promise<void> {
    const ids = [...this.patches, ...this.drafts].filter((one) => one.who === who)
    for (const id of new Set(ids.map((one) => one.id))) {
      const counts = new Map<string, number>()
      for (const { digest, pieces } of (await this.detail(id)).stale) {
        const key = `${id}:${digest}`
        const count = (counts.get(key) ?? 0) + 1
        counts.set(key, count)
        // The same deletion may be proposed anew.
        if (count <= (this.#staleSeen.get(key) ?? 0)) continue
        this.#staleSeen.set(key, count)
        tell('hunks stale')
        this.model.gone(who, pieces)
      }
    }
  }
}

function withBases(decision: Decision, pool: readonly Hunk[]): Decision {
  const found = new Map(decision.hunks.map((hunk) => [hunk.digest, hunk]))
  for (const { marks } of found.values())
    for (const digest of marks.flatMap((mark) => (mark.kind === 'depends' ? mark.on : []))) {
      const base = pool.find((one) => one.digest === digest)
      if (base) found.set(digest, base)
    }
  if (found.size > decision.hunks.length) tell('approvals with bases asked for')
  return { ...decision, hunks: [...found.values()] }
}

const human = ({ memberId }: Member): Commander => ({
  ...{ kind: 'person', memberId },
  signIn: testSignInOf(memberId),
})
