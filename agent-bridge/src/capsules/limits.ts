/** What a capsule of each purpose may use, where nobody says otherwise. */
import type { CapsuleLimits, CapsulePurpose } from './driver.ts'

const MB = 1024 * 1024

export const DEFAULT_LIMITS: Readonly<Record<CapsulePurpose, CapsuleLimits>> = {
  agent: { memoryBytes: 1_536 * MB, cpus: 2, pids: 256, diskBytes: 512 * MB, wallMs: null },
  shell: { memoryBytes: 1_024 * MB, cpus: 2, pids: 256, diskBytes: 512 * MB, wallMs: 15 * 60_000 },
  preview: { memoryBytes: 1_024 * MB, cpus: 1, pids: 256, diskBytes: 512 * MB, wallMs: null },
}
