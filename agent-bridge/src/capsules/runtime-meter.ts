/**
 * Counts the time of capsules, for whoever starts one:
 *
 *   const refusal = await meter.whyNot(use)              // before it starts, or before it is taken from the pool
 *   meter.count(use, capsule.exited)                     // once it is in use, until it is gone
 *
 * Time is carried on while a capsule runs, so a bridge that is killed loses less than a minute of it.
 */
import { randomUUID } from 'node:crypto'
import type { Sql } from '@relpin/db/connect.ts'
import { whyNoTime } from '@relpin/db/spending/may-spend.ts'
import {
  carryOn,
  closeSilentSpans,
  closeSpan,
  openSpan,
  type RuntimeUse,
} from '@relpin/db/spending/runtime.ts'

export type RuntimeMeter = {
  /** A sentence where a budget of runtime is used up; `null` where the capsule may run. */
  readonly whyNot: (use: Pick<RuntimeUse, 'orgId' | 'memberId'>) => Promise<string | null>
  /** Counts from now until `exited` resolves. Never rejects: what cannot be recorded is told to `onBug`. */
  readonly count: (use: RuntimeUse, exited: Promise<unknown>) => Promise<void>
  /** Ends all counting; called when the capsules are gone. */
  readonly close: () => Promise<void>
}

/** How often running time is carried on: what a killed bridge can lose. */
const CARRY_ON_MS = 20_000

export function runtimeMeter(
  sql: Sql,
  onBug: (error: unknown) => void,
  carryOnMs = CARRY_ON_MS,
): RuntimeMeter {
  const running = new Map<string, Promise<void>>()
  let carrying: Promise<unknown> | null = null
  const timer = setInterval(() => {
    carrying ??= Promise.all([carryOn(sql, [...running.keys()]), closeSilentSpans(sql)])
      .catch(onBug)
      .finally(() => {
        carrying = null
      })
  }, carryOnMs)
  timer.unref()

  const follow = async (id: string, use: RuntimeUse, exited: Promise<unknown>): Promise<void> => {
    try {
      await openSpan(sql, id, use)
      await exited
      await closeSpan(sql, id)
    } catch (error) {
      onBug(error)
    } finally {
      running.delete(id)
    }
  }
  return {
    whyNot: ({ orgId, memberId }) => whyNoTime(sql, orgId, memberId),
    count: (use, exited) => {
      const id = randomUUID()
      const followed = follow(id, use, exited)
      running.set(id, followed)
      return followed
    },
    close: async () => {
      clearInterval(timer)
      await Promise.allSettled([...running.values(), carrying])
    },
  }
}
