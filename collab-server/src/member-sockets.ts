/** How many sockets each member has open, so that one of them cannot take what is meant for all. */
import type { GuardedSocket } from './socket-guard.ts'

export class MemberSockets {
  readonly #most: number
  readonly #byMember = new Map<string, Set<GuardedSocket>>()

  constructor(most: number) {
    this.#most = most
  }

  /** False when the member has as many already: this one opens nothing. */
  admits(memberId: string, socket: GuardedSocket): boolean {
    const open = this.#byMember.get(memberId) ?? new Set()
    for (const one of open) if (!one.isOpen) open.delete(one)
    if (open.has(socket)) return true
    if (open.size >= this.#most) return false
    open.add(socket)
    this.#byMember.set(memberId, open)
    socket.onClose(() => {
      open.delete(socket)
      if (open.size === 0 && this.#byMember.get(memberId) === open) this.#byMember.delete(memberId)
    })
    return true
  }
}
