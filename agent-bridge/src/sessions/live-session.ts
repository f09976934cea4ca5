/** One session as it lives: at most one turn at a time, and an OpenCode that is started when needed and again if it dies. */
import { randomUUID } from 'node:crypto'
import type { NewAuditEvent } from '@relpin/authority/audit-events.ts'
import type { Agent } from '@relpin/authority/actors.ts'
import type { SessionHappening, SessionState } from '@relpin/authority/contracts/bridge.ts'
import type { PatchSummary } from '@relpin/authority/contracts/collab.ts'
import { appendAudit } from '@relpin/db/audit/append.ts'
import type { Queryable, Sql } from '@relpin/db/connect.ts'
import { listOrgCommands } from '@relpin/db/org-commands.ts'
import {
  loadSession,
  readSessionEvents,
  setSessionCapsule,
  setSessionState,
  type SessionRow,
} from '@relpin/db/sessions.ts'
import { CapsuleError, type CapsuleDriver } from '../capsules/driver.ts'
import { nameForOpencode } from '../capsules/environment.ts'
import type { CapsuleCalls } from '../capsules/listener.ts'
import type { CollabClient } from '../collab-client.ts'
import type { Shells } from '../shell/shells.ts'
import { seenTexts } from '../tools/seen-texts.ts'
import type { SessionLog } from './event-log.ts'
import type { OpencodeEvent } from './opencode-events.ts'
import { patchNews } from './patch-news.ts'
import { promptParts } from './prompt-parts.ts'
import { startRuntime, type Runtime } from './runtime.ts'
import { readNotes, runTool } from './tool-calls.ts'
import { transcript } from './transcript.ts'
import { Turn } from './turn.ts'

type SessionParts = {
  readonly sql: Sql
  readonly collab: CollabClient
  readonly driver: CapsuleDriver
  readonly shells: Shells
  readonly log: SessionLog
  readonly model: CapsuleCalls['model']
  /** Makes room for one more capsule, or says in words why there is none. */
  readonly makeRoom: () => Promise<string | null>
  readonly onBug: (error: unknown) => void
}

export type Taken =
  { readonly taken: true; readonly turn: string } | { readonly taken: false; readonly why: string }

/** How long an aborted OpenCode may take to become quiet before it is ended. */
const QUIET_MS = 3_000
/** How long the end of a turn waits for tool calls that are still being judged. */
const SETTLE_MS = 2_000
const HISTORY = 2_000
/** OpenCode itself would ask a provider that fails again and again without an end. */
const MAX_RETRIES = 4

export class LiveSession {
  readonly id: string
  readonly seen = seenTexts()
  lastUsed = Date.now()

  readonly #parts: SessionParts
  readonly #row: SessionRow
  readonly #agent: Agent
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<unknown>>()
  #turn: Turn | null = null
  #runtime: Promise<Runtime> | null = null
  #state: SessionState
  #quiet: Promise<void> = Promise.resolve()
  #becameQuiet: () => void = () => undefined
  #problem: string | null = null
  #told: { readonly capsule: string; notes: string } | null = null
  #capsuleId = ''

  constructor(parts: SessionParts, row: SessionRow) {
    this.#parts = parts
    this.#row = row
    this.id = row.id
    this.#state = row.state
    this.#agent = { kind: 'agent', memberId: row.memberId, sessionId: row.id }
  }

  get working(): boolean {
    return this.#turn !== null
  }

  get awake(): boolean {
    return this.#runtime !== null
  }

  /** Starts OpenCode ahead of the first prompt; how it went is told as an event. */
  async warmUp(): Promise<void> {
    try {
      await this.#wake()
      if (!this.working) await this.#tellState('connected')
    } catch (error) {
      if (this.#closing.signal.aborted) return
      await this.#tellState('failed', this.#inWords(error))
    }
  }

  /** Takes the prompt, with its audit event in the same transaction, and answers it in the background. */
  async prompt(text: string, memberName: string, audit: NewAuditEvent): Promise<Taken> {
    if (this.#turn)
      return { taken: false, why: 'OpenCode is still working. Wait, or stop it first.' }
    const turn = new Turn(text, {
      store: (happening) => this.#store(happening),
      draft: (draft) => this.#parts.log.draft(draft),
    })
    this.#turn = turn
    this.lastUsed = Date.now()
    try {
      const { memberId } = this.#row
      await this.#tell(
        [
          { type: 'prompt', turn: turn.id, memberId, memberName, text },
          { type: 'state', state: 'working' },
        ],
        (tx) => appendAudit(tx, [{ ...audit, capsuleId: this.#capsuleId || undefined }]),
      )
    } catch (error) {
      this.#turn = null
      throw error
    }
    void this.#answer(turn, text)
    return { taken: true, turn: turn.id }
  }

  /** Stops the turn at once. False when none runs. */
  async abort(audit: NewAuditEvent): Promise<boolean> {
    const turn = this.#turn
    if (!turn) return false
    await appendAudit(this.#parts.sql, [{ ...audit, capsuleId: this.#capsuleId || undefined }])
    void this.#hush()
    await this.#finish(turn, 'aborted', 'Stopped.')
    return true
  }

  /** Ends everything for good. */
  async close(audit: NewAuditEvent): Promise<void> {
    this.#closing.abort()
    if (this.#turn) await this.#finish(this.#turn, 'aborted', 'The session was closed.')
    await this.#tell([{ type: 'state', state: 'closed' }], (tx) => appendAudit(tx, [audit]))
    await this.sleep()
  }

  /** Ends OpenCode; the session stays, and the next prompt starts it again. */
  async sleep(): Promise<void> {
    const runtime = await this.#runtime?.catch(() => null)
    this.#runtime = null
    await runtime?.stop()
  }

  /** For a bridge that ends: the turn is said to be cut off, the capsule goes, the session can be prompted again. */
  async shutDown(): Promise<void> {
    const why = 'The studio was stopped. Send a prompt to go on.'
    if (this.#turn) await this.#finish(this.#turn, 'failed', why)
    this.#closing.abort()
    await this.sleep()
  }

  hearTool(name: string, callId: string, args: unknown, signal: AbortSignal): Promise<Response> {
    const turn = this.#turn
    const call = runTool(
      {
        collab: this.#parts.collab,
        sql: this.#parts.sql,
        session: this.#row,
        agent: this.#agent,
        seen: this.seen,
        shells: this.#parts.shells,
        directory: () => this.#runtime?.then((runtime) => runtime.capsule.places.work) ?? null,
      },
      turn,
      { name, callId, args, signal },
    )
    this.#running.add(call)
    const done = (): boolean => this.#running.delete(call)
    call.then(done, done)
    return call
  }

  async #answer(turn: Turn, text: string): Promise<void> {
    try {
      const runtime = await this.#wake()
      await this.#quiet
      if (this.#turn !== turn) return
      const parts = await this.#promptParts(runtime, turn, text)
      if (this.#turn !== turn) return
      this.#problem = null
      turn.sent = true
      // It can have been changed since the session was opened.
      const { model, protocol } = (await loadSession(this.#parts.sql, this.id)) ?? this.#row
      await runtime.server.prompt(runtime.opencodeId, nameForOpencode(model, protocol), parts)
    } catch (error) {
      const why = this.#inWords(error)
      await this.#finish(turn, 'failed', why, this.#runtime ? 'connected' : 'failed').catch(
        this.#parts.onBug,
      )
    }
  }

  async #promptParts(runtime: Runtime, turn: Turn, text: string): Promise<string[]> {
    const { sql, collab } = this.#parts
    const notes = await readNotes(collab, this.#agent, this.#row.workspaceId)
    const fresh = this.#told?.capsule !== runtime.capsule.id
    const earlier = fresh
      ? transcript(await readSessionEvents(sql, this.id, 0, HISTORY), turn.id)
      : null
    const news = fresh || notes !== this.#told?.notes ? notes : ''
    this.#told = { capsule: runtime.capsule.id, notes }
    return promptParts(text, {
      notes: news === '' ? null : news,
      earlier,
      news: await patchNews(sql, this.id, turn.id),
      commands: await listOrgCommands(sql, this.#row.orgId),
    })
  }

  /** The running OpenCode; started when there is none. */
  #wake(): Promise<Runtime> {
    this.lastUsed = Date.now()
    this.#runtime ??= this.#start().catch((error: unknown) => {
      this.#runtime = null
      throw error
    })
    return this.#runtime
  }

  async #start(): Promise<Runtime> {
    const full = await this.#parts.makeRoom()
    if (full !== null) throw new CapsuleError(full)
    this.#capsuleId = `agent-${randomUUID().slice(0, 13)}`
    const runtime = await startRuntime({
      driver: this.#parts.driver,
      capsuleId: this.#capsuleId,
      title: `Session ${this.id}`,
      labels: { org: this.#row.orgId, app: this.#row.appId, session: this.id },
      modelLabel: this.#row.modelLabel,
      calls: {
        tool: (name, callId, args, signal) => this.hearTool(name, callId, args, signal),
        model: (protocol, call) => this.#parts.model(protocol, call),
      },
      hear: (event) => this.#hear(event),
      onBug: this.#parts.onBug,
      signal: this.#closing.signal,
    })
    await setSessionCapsule(this.#parts.sql, this.id, this.#capsuleId, runtime.opencodeId)
    void runtime.ended.then((why) => this.#died(runtime, why)).catch(this.#parts.onBug)
    return runtime
  }

  async #died(runtime: Runtime, why: string): Promise<void> {
    const current = await this.#runtime?.catch(() => null)
    if (current !== runtime) return
    this.#runtime = null
    this.#becameQuiet()
    if (this.#turn) {
      await this.#finish(this.#turn, 'failed', `${why} Send a prompt to start it again.`)
    }
  }

  #hear(event: OpencodeEvent): void {
    const idle =
      event.type === 'session.idle' ||
      (event.type === 'session.status' && event.properties.status.type === 'idle')
    if (event.type === 'session.error' && event.properties.error) {
      const { name, data } = event.properties.error
      if (name !== 'MessageAbortedError')
        this.#problem = data?.message ?? `OpenCode failed: ${name}.`
    }
    if (idle) {
      this.#becameQuiet()
      const turn = this.#turn
      if (!turn || turn.stopped.signal.aborted || !turn.heard) return
      const problem = this.#problem
      void this.#finish(turn, problem === null ? 'done' : 'failed', problem).catch(
        this.#parts.onBug,
      )
      return
    }
    const turn = this.#turn
    if (!turn?.sent || turn.stopped.signal.aborted) return
    turn.hear(event)
    if (event.type === 'session.status' && event.properties.status.type === 'retry') {
      this.#retry(turn, event.properties.status)
    }
  }

  /** The provider fails in a way that may pass: that is said, and after a few times it is the end of the turn. */
  #retry(turn: Turn, status: { readonly attempt?: number; readonly message?: string }): void {
    const why = status.message ?? 'The provider does not answer as it should.'
    if ((status.attempt ?? 1) < MAX_RETRIES) {
      this.#store({ type: 'state', state: 'working', why: `${why} Trying again.` })
      return
    }
    void this.#hush()
    void this.#finish(turn, 'failed', why).catch(this.#parts.onBug)
  }

  /** Asks OpenCode to stop. Until it has, no prompt is sent; one that does not is ended. */
  async #hush(): Promise<void> {
    const runtime = await this.#runtime?.catch(() => null)
    if (!runtime) return
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#becameQuiet = () => resolve(undefined)
    this.#quiet = promise
    const timer = setTimeout(() => {
      void this.sleep().then(() => resolve(undefined), this.#parts.onBug)
    }, QUIET_MS)
    void promise.then(() => clearTimeout(timer))
    await runtime.server.abort(runtime.opencodeId).catch(() => undefined)
  }

  async #finish(
    turn: Turn,
    reason: 'done' | 'aborted' | 'failed',
    why: string | null,
    state: 'connected' | 'failed' = 'connected',
  ): Promise<void> {
    if (turn.stopped.signal.aborted) return
    turn.stopped.abort()
    await this.#settle()
    turn.close(reason === 'aborted' ? 'Stopped.' : 'The turn ended before this did.')
    const patch = turn.changed ? await this.#submit(turn) : null
    this.#turn = null
    this.lastUsed = Date.now()
    await this.#tell([
      {
        type: 'turn-end',
        turn: turn.id,
        reason,
        why,
        elapsedMs: Date.now() - turn.startedAt,
        tokens: { ...turn.tokens },
        patch: patch ?? turn.patch,
      },
      ...(this.#closing.signal.aborted ? [] : [stateOf(state, why)]),
    ])
  }

  /** Lets tool calls that are being judged come to their end, so that the patch is whole. */
  async #settle(): Promise<void> {
    if (this.#running.size === 0) return
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => resolve(undefined), SETTLE_MS)
    await Promise.race([Promise.allSettled([...this.#running]), promise])
    clearTimeout(timer)
  }

  async #submit(turn: Turn): Promise<string | null> {
    const answer = await this.#parts.collab.post<PatchSummary | null>('/internal/patches/submit', {
      as: this.#agent,
      workspaceId: this.#row.workspaceId,
      intentId: turn.id,
      title: turn.title,
    })
    return answer.ok ? (answer.value?.id ?? null) : null
  }

  async #tellState(state: SessionState, why?: string): Promise<void> {
    await this.#tell([{ type: 'state', state, ...(why === undefined ? {} : { why }) }])
  }

  async #tell(
    happenings: readonly SessionHappening[],
    alongside?: (tx: Queryable) => Promise<void>,
  ): Promise<void> {
    const state = happenings.findLast((happening) => happening.type === 'state')?.state
    await this.#parts.log.append(happenings, async (tx) => {
      if (state && state !== this.#state) await setSessionState(tx, this.id, state)
      await alongside?.(tx)
    })
    this.#state = state ?? this.#state
  }

  #store(happening: SessionHappening): void {
    this.#parts.log.append([happening]).catch(this.#parts.onBug)
  }

  #inWords(error: unknown): string {
    if (error instanceof CapsuleError) return error.message
    this.#parts.onBug(error)
    return 'OpenCode could not take the prompt. Try again.'
  }
}

function stateOf(state: 'connected' | 'failed', why: string | null): SessionHappening {
  return { type: 'state', state, ...(state === 'failed' && why !== null ? { why } : {}) }
}
