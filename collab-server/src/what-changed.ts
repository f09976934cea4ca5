/** Why a commit found another authority than the one it was judged by, for whoever asked: what happened, and what to do. */
import type { Sql } from '@relpin/db/connect.ts'
import { loadMemberAuthority, MEMBER_REMOVED } from '@relpin/db/members-authority.ts'
import { areSignedIn } from '@relpin/db/sign-ins.ts'
import { isWritable } from '@relpin/db/workspaces.ts'

export type WhatChanged = { readonly rule: string; readonly why: string }

/** `signIn` is the one through which it was asked for, if it came through one. Nothing of it was done. */
export async function whatChanged(
  sql: Sql,
  by: { readonly memberId: string; readonly signIn: string | undefined },
  workspaceId: string,
): Promise<WhatChanged> {
  const [member, standing, writable] = await Promise.all([
    loadMemberAuthority(sql, by.memberId),
    areSignedIn(sql, by.signIn === undefined ? [] : [by.signIn]),
    isWritable(sql, workspaceId),
  ])
  if (!member) return MEMBER_REMOVED
  if (by.signIn !== undefined && !standing.has(by.signIn)) {
    return {
      rule: 'authority:changed',
      why: 'You were signed out before this was done, so nothing was changed. Sign in and do it again.',
    }
  }
  if (!writable) {
    return {
      rule: 'app:archived',
      why: 'This app is archived, and its files stay as they are. Restore it to go on.',
    }
  }
  return {
    rule: 'authority:changed',
    why: 'Your role was changed before this was done, so nothing was changed. Look at what you may do now, and try again.',
  }
}
