/** What must have become of an attack, said by what its own connection hears. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Case } from './case.ts'
import { SYNC, type RawSocket } from './raw-socket.ts'
import type { World } from './world.ts'
import type { Role } from '../../support/running-studio.ts'

/** The door refused it and said by which rule. */
export async function refused(
  socket: RawSocket,
  document: string,
  rule: string | RegExp,
): Promise<void> {
  const one = await socket.hear(
    (heard) =>
      heard.what === 'told' &&
      heard.document === document &&
      heard.message.type === 'verdict' &&
      (typeof rule === 'string' ? heard.message.rule === rule : rule.test(heard.message.rule)),
  )
  if (one.what === 'told' && one.message.type === 'verdict' && one.message.verdict !== 'denied')
    throw new Error(`was ${one.message.verdict} instead of refused`)
}

/** The socket was ended with one of these codes. */
export async function cut(socket: RawSocket, ...codes: readonly number[]): Promise<void> {
  const { code, reason } = await socket.end()
  if (!codes.includes(code)) throw new Error(`was closed with ${code} ${reason}`)
}

/** The document could not be opened, with this reason. */
export async function notOpened(
  socket: RawSocket,
  document: string,
  reason: string | RegExp,
): Promise<void> {
  const one = await socket.hear(
    (heard) => heard.document === document && (heard.what === 'refused' || heard.what === 'open'),
  )
  if (one.what !== 'refused' || !new RegExp(reason).test(one.reason))
    throw new Error(`was ${one.what} ${one.what === 'refused' ? one.reason : ''}`)
}

/** A case of one update to the victim's file that is refused by a rule. */
export function update(
  name: string,
  rule: string | RegExp,
  make: (world: World) => Uint8Array,
  options: { readonly role?: Role; readonly step?: number } = {},
): Case {
  return {
    name,
    held: `refused by ${String(rule)}`,
    run: async (world) => {
      const socket = await world.joined(options.role ?? 'builder')
      socket.sync(world.victim, options.step ?? SYNC.update, make(world))
      await refused(socket, world.victim, rule)
    },
  }
}

export async function must(
  condition: boolean | Promise<boolean>,
  otherwise: string,
): Promise<void> {
  if (!(await condition)) throw new Error(otherwise)
}

/** Waits until it is so; throws `otherwise` when it does not come to be. */
export async function soon(
  look: () => boolean | Promise<boolean>,
  otherwise: string,
  withinMs = 8_000,
): Promise<void> {
  const until = Date.now() + withinMs
  while (!(await look())) {
    if (Date.now() > until) throw new Error(otherwise)
    await delay(20)
  }
}
