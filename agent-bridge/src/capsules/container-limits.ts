/** What every container of a capsule is held to, whatever runs in it. */
import type { ContainerCreateOptions } from 'dockerode'
import type { CapsuleLimits } from './driver.ts'
import { INSIDE_ENV, SPACE } from './sandbox.ts'

/** Whom capsules run as: `nobody`, on every base. */
const NOBODY = 65_534

/**
 * Options for `createContainer`: no capability, no way to gain one, nothing writable but one bounded folder in memory,
 * and no network at all. Its input and output are what the driver speaks over; it does not outlive them.
 */
export function held(limits: CapsuleLimits): ContainerCreateOptions {
  return {
    User: `${NOBODY}:${NOBODY}`,
    WorkingDir: '/',
    Env: Object.entries(INSIDE_ENV).map(([name, value]) => `${name}=${value}`),
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    HostConfig: {
      AutoRemove: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: {
        [SPACE]: `rw,nosuid,nodev,exec,mode=0700,uid=${NOBODY},gid=${NOBODY},size=${limits.diskBytes}`,
      },
      NetworkMode: 'none',
      IpcMode: 'none',
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      PidsLimit: limits.pids,
      NanoCpus: Math.round(limits.cpus * 1e9),
      Ulimits: [
        { Name: 'core', Soft: 0, Hard: 0 },
        { Name: 'nofile', Soft: 4096, Hard: 4096 },
      ],
      // Reaps what the capsule's processes leave behind: nobody else inside would.
      Init: true,
      // Its output is the channel: nothing to keep, and much of it.
      LogConfig: { Type: 'none', Config: {} },
    },
  }
}
