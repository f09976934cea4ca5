/**
 * Counts the time of capsules in somebody's use. A capsule whose order names its `session` or `member` among the labels
 * is counted from its start (`metered`); one from the pool from the moment it is claimed:
 *
 *   meter.count({ orgId, sessionId, ... capsuleId: capsule.id, kind: 'agent' }, capsule.exited)
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
  memberOfUse,
  openSpan,
  type RuntimeUse,
} from '@relpin/db/spending/runtime.ts'
import { CapsuleError, type CapsuleDriver, type CapsuleOrder } from './driver.ts'

export type RuntimeMeter = {
  /** A sentence where a budget of runtime is used up; `null` where the capsule may run. */
  readonly whyNot: (
    use: Pick<RuntimeUse, 'orgId' | 'memberId' | 'sessionId'>,
  ) => Promise<string | null>
  /** Counts from now until `exited` resolves. What cannot be recorded is told to `onBug`. */
  readonly count: (use: RuntimeUse, exited: Promise<unknown>) => void
  /** Ends all counting. */
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

  const end = async (id: string): Promise<void> => {
    const opened = running.get(id)
    if (!opened) return
    running.delete(id)
    await opened
    // What is carried on at this moment would run again.
    await carrying
    await closeSpan(sql, id).catch(onBug)
  }
  return {
    whyNot: async (use) => {
      const memberId = await memberOfUse(sql, use)
      return memberId === null ? null : whyNoTime(sql, use.orgId, memberId)
    },
    count: (use, exited) => {
      const id = randomUUID()
      running.set(id, openSpan(sql, id, use).catch(onBug))
      void exited.then(() => end(id))
    },
    close: async () => {
      clearInterval(timer)
      await Promise.all([...running.keys()].map(end))
    },
  }
}

/** A driver whose capsules are counted by their labels, and refused where a budget of runtime is used up. */
export function metered(driver: CapsuleDriver, meter: RuntimeMeter): CapsuleDriver {
  return {
    ...driver,
    start: async (order, signal) => {
      const use = useOf(order)
      const why = use && (await meter.whyNot(use))
      if (why) throw new CapsuleError(why)
      const capsule = await driver.start(order, signal)
      if (use) meter.count(use, capsule.exited)
      return capsule
    },
  }
}

/** `null` for a capsule that is nobody's yet. */
function useOf({ id, purpose, labels }: CapsuleOrder): RuntimeUse | null {
  const { org, member, session, app } = labels
  if (org === undefined || (member === undefined && session === undefined)) return null
  return {
    orgId: org,
    memberId: member ?? null,
    sessionId: session ?? null,
    appId: app ?? null,
    capsuleId: id,
    kind: purpose,
  }
}
