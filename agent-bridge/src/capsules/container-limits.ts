/** What every container of a capsule is held to, whatever runs in it. */
import type { ContainerCreateOptions } from 'dockerode'

export type ContainerLimits = {
  /** Bytes of memory, what lies in `/work`, `/tmp` and the home included. There is no swap beyond it. */
  readonly memory: number
  /** Processes and threads. */
  readonly processes: number
  /** Processors: 0.5 is half of one. */
  readonly cpus: number
  /** Bytes that each of the three writable folders may hold. */
  readonly folder: number
}

/** Whom capsules run as: `nobody`, on every base. */
export const NOBODY = '65534:65534'
/** All that can be written inside; it is in memory and gone with the container. */
export const WRITABLE = ['/work', '/tmp', '/home/capsule'] as const

/**
 * Options for `createContainer`: no capability, no way to gain one, nothing writable but three bounded folders in memory,
 * and no network at all. A caller that gives it a network names one that leads nowhere but to the capsule's own listener.
 */
export function held(limits: ContainerLimits): ContainerCreateOptions {
  const folder = `rw,nosuid,nodev,exec,mode=0700,uid=65534,gid=65534,size=${limits.folder}`
  return {
    User: NOBODY,
    HostConfig: {
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: Object.fromEntries(WRITABLE.map((path) => [path, folder])),
      NetworkMode: 'none',
      IpcMode: 'none',
      Memory: limits.memory,
      MemorySwap: limits.memory,
      PidsLimit: limits.processes,
      NanoCpus: Math.round(limits.cpus * 1e9),
      Ulimits: [
        { Name: 'core', Soft: 0, Hard: 0 },
        { Name: 'nofile', Soft: 4096, Hard: 4096 },
      ],
      // Reaps what the capsule's processes leave behind: nobody else inside would.
      Init: true,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
    },
  }
}
