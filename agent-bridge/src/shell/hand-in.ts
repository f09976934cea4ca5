/** Brings to the door what a command changed: one admission, whole or not at all. */
import type { Commander } from '@relpin/authority/actors.ts'
import type { ChangesRequest, Verdict } from '@relpin/authority/contracts/collab.ts'
import { putBlobs } from '@relpin/db/blobs.ts'
import type { Sql } from '@relpin/db/connect.ts'
import type { CollabClient } from '../collab-client.ts'
import { changesSince, type Touched } from './changes-since.ts'
import type { Fork } from './fork.ts'

export type HandIn = {
  readonly sql: Sql
  readonly collab: CollabClient
  readonly as: Commander
  readonly workspaceId: string
  readonly intent: { readonly id: string; readonly title: string }
  readonly callId: string
  readonly suggest?: boolean
}

export type HandedIn =
  | { readonly outcome: 'nothing' }
  | { readonly outcome: 'judged'; readonly verdict: Verdict; readonly said: readonly string[] }
  | { readonly outcome: 'failed'; readonly why: string }

export async function handIn(order: HandIn, fork: Fork, touched: Touched): Promise<HandedIn> {
  const { changes, blobs, said } = changesSince(fork, touched)
  if (changes.length === 0) return { outcome: 'nothing' }
  if (blobs.length > 0) await putBlobs(order.sql, blobs)
  const request: ChangesRequest = {
    as: order.as,
    workspaceId: order.workspaceId,
    changes,
    intent: order.intent,
    callId: order.callId,
    suggest: order.suggest,
  }
  const answer = await order.collab.post<Verdict>('/internal/changes', request)
  return answer.ok
    ? { outcome: 'judged', verdict: answer.value, said }
    : { outcome: 'failed', why: answer.problem.detail }
}
