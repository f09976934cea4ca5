/** The runs of people: each in the person's own shell of the workspace, its changes brought to the door as theirs. */
import { randomUUID } from 'node:crypto'
import type { Person } from '@relpin/authority/actors.ts'
import type { ViewName, ViewReadResponse } from '@relpin/authority/contracts/collab.ts'
import type { RunEnd, RunTask } from '@relpin/authority/contracts/runs.ts'
import type { Sql } from '@relpin/db/connect.ts'
import { CapsuleError, type ExecExit } from '../capsules/driver.ts'
import type { CollabClient } from '../collab-client.ts'
import { forkView, type Fork } from '../shell/fork.ts'
import { handIn, type HandedIn } from '../shell/hand-in.ts'
import type { Shells } from '../shell/shells.ts'
import { RunInProgress } from './run.ts'
import { argvOf, taskInWords } from './tasks.ts'

export type RunOrder = {
  readonly orgId: string
  readonly appId: string
  readonly workspaceId: string
  readonly person: Person & { readonly signIn: string }
  readonly task: RunTask
  readonly packages: boolean
}

type RunsParts = {
  readonly sql: Sql
  readonly collab: CollabClient
  readonly shells: Shells
  readonly onBug: (error: unknown) => void
}

const NONE = { kind: 'none' } as const
const TIMEOUT_MS = 15 * 60_000
const OUTPUT_BYTES = 64 * 1024 * 1024
/** Ended runs of one person in one app that can still be looked at. */
const KEPT = 10

export class Runs {
  readonly #parts: RunsParts
  readonly #runs = new Map<string, RunInProgress>()

  constructor(parts: RunsParts) {
    this.#parts = parts
  }

  find(id: string): RunInProgress | null {
    return this.#runs.get(id) ?? null
  }

  /** Newest first. */
  of(appId: string, memberId: string): RunInProgress[] {
    return [...this.#runs.values()]
      .filter(({ summary }) => summary.appId === appId && summary.memberId === memberId)
      .reverse()
  }

  /** What a person sees: main with their own open hunks. */
  async manifest(workspaceId: string, person: Person): Promise<string | null> {
    const answer = await this.#parts.collab.post<ViewReadResponse>('/internal/view/read', {
      as: person,
      workspaceId,
      view: viewOf(person),
      path: 'package.json',
      purpose: 'change',
    })
    return answer.ok && answer.value.found === 'text' ? answer.value.text : null
  }

  start(order: RunOrder): RunInProgress {
    const { appId, person, task } = order
    const run = new RunInProgress({ id: randomUUID(), appId, memberId: person.memberId, task })
    for (const old of this.of(appId, person.memberId).slice(KEPT - 1)) {
      if (old.summary.end) this.#runs.delete(old.summary.id)
    }
    this.#runs.set(run.summary.id, run)
    this.#carryOut(order, run).catch((error: unknown) => {
      this.#parts.onBug(error)
      run.finish({ code: null, why: 'The studio failed to run this.', changes: NONE })
    })
    return run
  }

  async #carryOut(order: RunOrder, run: RunInProgress): Promise<void> {
    const { person, workspaceId } = order
    const { sql, collab, shells } = this.#parts
    let fork: Fork = new Map()
    try {
      const shell = await shells.of({
        key: `person:${workspaceId}:${person.memberId}`,
        labels: { org: order.orgId, member: person.memberId, app: order.appId },
        registry: order.packages,
      })
      const { signal } = run.stopped
      const { exit, touched, notes } = await shell.run(
        async () => {
          const view = viewOf(person)
          const forked = await forkView({ collab, as: person, workspaceId, view, signal })
          if (!forked.ok) throw new CapsuleError(forked.why)
          fork = forked.fork
          return fork
        },
        {
          argv: argvOf(order.task),
          folder: '',
          timeoutMs: TIMEOUT_MS,
          outputBytes: OUTPUT_BYTES,
          signal,
          hear: ({ stream, bytes }) => run.hear(stream, bytes),
        },
      )
      if (signal.aborted) {
        run.finish({ code: null, why: 'Stopped. What it changed was not taken.', changes: NONE })
        return
      }
      const intent = { id: run.summary.id, title: taskInWords(order.task) }
      const judged = await handIn(
        { sql, collab, as: person, workspaceId, intent, callId: run.summary.id },
        fork,
        touched,
      )
      run.finish(endOf(exit, judged, notes))
    } catch (error) {
      const stopped = run.stopped.signal.aborted
      if (!stopped && !(error instanceof CapsuleError)) throw error
      const why = stopped ? 'Stopped.' : (error as Error).message
      run.finish({ code: null, why, changes: NONE })
    }
  }
}

function viewOf(person: Person): ViewName {
  return { kind: 'proposer', proposerId: person.memberId }
}

const ENDED: Readonly<Record<Exclude<ExecExit['why'], 'exited'>, string>> = {
  timeout: 'It took longer than 15 minutes and was ended.',
  output: 'It said too much and was ended.',
  memory: 'It needed more memory than there is.',
  killed: 'Stopped.',
  'not-started': 'It could not be started.',
  lost: 'Its capsule ended.',
}

function endOf(exit: ExecExit, judged: HandedIn, notes: readonly string[]): RunEnd {
  const how = exit.why === 'exited' ? `Exit code ${exit.code ?? exit.signal}.` : ENDED[exit.why]
  const say = (...more: readonly string[]): string => [how, ...more, ...notes].join(' ')
  const code = exit.why === 'exited' ? exit.code : null
  if (judged.outcome === 'nothing') return { code, why: say(), changes: { kind: 'none' } }
  if (judged.outcome === 'failed') {
    const why = say(`What it changed was not taken: ${judged.why}`)
    return { code, why, changes: { kind: 'refused', files: [] } }
  }
  const { verdict, said: files } = judged
  switch (verdict.verdict) {
    case 'applied':
      return {
        code,
        why: say('What it changed is in the project.'),
        changes: { kind: 'applied', files },
      }
    case 'queued':
      return {
        code,
        why: say(`What it changed waits as patch ${verdict.patch}. ${verdict.why}`),
        changes: { kind: 'queued', files },
      }
    case 'denied':
    case 'stale':
      return {
        code,
        why: say(`What it changed was not taken: ${verdict.why}`),
        changes: { kind: 'refused', files },
      }
  }
}
