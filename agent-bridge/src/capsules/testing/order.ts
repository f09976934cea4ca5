/** An order of a small capsule, for tests. */
import type { Duplex } from 'node:stream'
import type { CapsuleOrder } from '../driver.ts'

const MB = 1024 * 1024
let orders = 0

export function testOrder(more: Partial<CapsuleOrder> = {}): CapsuleOrder {
  orders += 1
  return {
    id: `test-${process.pid}-${orders}`,
    purpose: 'shell',
    limits: { memoryBytes: 512 * MB, cpus: 1, pids: 64, diskBytes: 32 * MB, wallMs: null },
    connect: (connection: Duplex) => connection.destroy(),
    secrets: [],
    labels: { org: 'test' },
    ...more,
  }
}
