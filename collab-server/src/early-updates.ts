/**
 * What a client typed after it came back and before it could offer what it had meanwhile: it builds on that offer, so
 * it waits for it. Without this, whoever types on while the answer is under way would be sent back again and again.
 */
import type { Connection } from '@hocuspocus/server'

/** Of one connection. What does not fit sends the client back to the beginning. */
const MAX_BYTES = 256 * 1024

type Kept = { updates: Uint8Array[]; bytes: number }

export class EarlyUpdates {
  readonly #kept = new WeakMap<Connection, Kept | 'offered'>()

  /** Something waits, and so does what comes after it: answers come in the order of what was sent. */
  waiting(connection: Connection): boolean {
    const kept = this.#kept.get(connection)
    return kept !== undefined && kept !== 'offered'
  }

  /** False when it cannot wait: the connection has made its offer, or too much waits already. */
  keep(connection: Connection, update: Uint8Array): boolean {
    const kept = this.#kept.get(connection) ?? { updates: [], bytes: 0 }
    if (kept === 'offered' || kept.bytes + update.length > MAX_BYTES) return false
    kept.updates.push(update)
    kept.bytes += update.length
    this.#kept.set(connection, kept)
    return true
  }

  /** The connection has offered all that it had: what waited for that is received now. */
  async offered(
    connection: Connection,
    receive: (updates: readonly Uint8Array[]) => Promise<void>,
  ): Promise<void> {
    const kept = this.#kept.get(connection)
    this.#kept.set(connection, 'offered')
    if (kept && kept !== 'offered') await receive(kept.updates)
  }
}
