/** A compromised OpenCode looks around in its capsule: the network, the machine, keys, and ways to become somebody. */
import { hostname } from 'node:os'
import { must, mustLack, mustMatch, type Case, type Family } from './case.ts'
import { ENVIRONMENT_SECRET, nodeLines, PROVIDER_KEY, sh, type Host, type Started } from './host.ts'

/** Tries to connect, and says "connected" for each that answers. */
function reach(targets: readonly (readonly [string, number])[]): string {
  return `const net = require('net'); const targets = ${JSON.stringify(targets)}
let left = targets.length; const done = () => { if (--left === 0) process.exit() }
for (const [host, port] of targets) { const c = net.connect({ host, port, timeout: 2500 }); c.on('connect', () => { console.log('connected', host, port); c.destroy(); }); c.on('error', () => {}); c.on('timeout', () => c.destroy()); c.on('close', done) }`
}

function inside(
  name: string,
  held: string,
  look: (started: Started, host: Host) => Promise<void>,
): Case {
  return {
    name,
    held,
    run: async (host) => look(await host.started(await host.session('builder')), host),
  }
}

const unreachable = (
  name: string,
  targets: (host: Host) => readonly (readonly [string, number])[],
): Case =>
  inside(`${name}`, 'no connection', async (started, host) => {
    const said = await nodeLines(started, reach(targets(host)))
    mustLack(said.join('\n'), /connected/)
  })

export const confinement: Family = {
  name: 'confinement',
  runs: 'with each driver',
  cases: () => [
    unreachable('the cloud’s metadata services', () => [
      ['169.254.169.254', 80],
      ['169.254.170.2', 80],
      ['fd00:ec2::254', 80],
      ['100.100.100.200', 80],
    ]),
    unreachable('the internet', () => [
      ['1.1.1.1', 443],
      ['8.8.8.8', 53],
      ['2606:4700:4700::1111', 443],
    ]),
    unreachable('this machine’s loopback', (host) => [
      ['127.0.0.1', host.attacker.port],
      ['::1', host.attacker.port],
      ['127.0.0.1', 5432],
      ['0.0.0.0', host.attacker.port],
    ]),
    unreachable('this machine as a container sees it', (host) => [
      ['172.17.0.1', host.attacker.port],
      ['172.17.0.1', 2375],
      ['host.docker.internal', host.attacker.port],
      ['10.0.2.2', host.attacker.port],
    ]),
    inside('names of the network', 'none is found', async (started) => {
      const said = await nodeLines(
        started,
        `const dns = require('dns'); Promise.allSettled(['example.com', 'metadata.google.internal', 'db'].map((n) => dns.promises.lookup(n))).then((all) => { for (const one of all) console.log(one.status); process.exit() }); setTimeout(() => process.exit(), 8000)`,
      )
      mustLack(said.join('\n'), /fulfilled/)
    }),
    inside('sockets of the machine', 'there are none', async (started, host) => {
      const said = await sh(
        started,
        `ls -d /var/run/docker.sock /run/docker.sock ${host.bridge.config.runFolder} /tmp/.s.PGSQL* /run/dbus /run/systemd 2>/dev/null; find / -xdev -type s 2>/dev/null; cut -c54- /proc/net/unix | grep @`,
      )
      mustMatch(said, /^$/)
    }),
    inside(
      'keys in files, processes and environment',
      'none but its own token',
      async (started, host) => {
        const { home, temp, work, config } = started.capsule.places
        const said = await sh(
          started,
          `cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; find ${home} ${temp} ${work} ${config} -type f -size -2000k -exec cat {} + 2>/dev/null`,
          { outputBytes: 64_000_000 },
        )
        mustMatch(said, /RELPIN_TOKEN=/)
        for (const secret of [
          PROVIDER_KEY,
          ENVIRONMENT_SECRET,
          host.bridge.config.serviceToken,
          new URL(host.bridge.config.databaseUrl).password || 'postgres://',
        ])
          must(
            !said.includes(secret),
            `a secret of the platform is inside (${secret.slice(0, 4)}…)`,
          )
      },
    ),
    inside('other processes of the machine', 'its own only', async (started) => {
      const said = await sh(started, 'cat /proc/[0-9]*/comm; hostname')
      mustMatch(said, /^opencode/m)
      mustLack(said, /postgres|collab|dockerd|systemd|vitest/)
      must(!said.endsWith(hostname()), 'it knows the machine’s name')
    }),
    inside('memory of other processes and the kernel', 'not readable', async (started) => {
      const said = await sh(
        started,
        'for f in /proc/kcore /dev/mem /dev/kmem /dev/port /proc/kmsg; do head -c 1 $f; done 2>/dev/null | wc -c; dmesg 2>/dev/null | wc -l',
      )
      mustMatch(said, /^0\s+0$/)
    }),
    inside('its own configuration and tools rewritten', 'read-only', async (started) => {
      const { config } = started.capsule.places
      const said = await sh(
        started,
        `for f in ${config}/opencode/opencode.json ${config}/opencode/tools/read.ts /opt/relpin/bin/opencode /etc/passwd /usr/bin/x; do (echo pwned >> $f) 2>/dev/null && echo "wrote $f"; done; mkdir ${config}/opencode/plugin 2>/dev/null && echo made; true`,
      )
      mustMatch(said, /^$/)
    }),
    inside('becoming root, mounting, new namespaces', 'refused', async (started) => {
      const said = await sh(
        started,
        'id -u; su -c "echo root-now" </dev/null 2>/dev/null; mount -t proc none /proc 2>/dev/null && echo mounted; unshare -Ur true 2>/dev/null && echo unshared; chroot / true 2>/dev/null && echo chrooted; mknod /tmp/m b 8 0 2>/dev/null && echo device; ln -s /proc/1/root/etc/shadow /tmp/s; cat /tmp/s 2>/dev/null; rm -f /tmp/s; find / -xdev -perm -4000 -type f -exec sh -c \'"$0" --version 2>/dev/null | head -1\' {} \\; 2>/dev/null | grep -i "uid=0"; true',
      )
      mustMatch(said, /^[1-9]\d*$/)
    }),
    inside('its limits lifted', 'they stay', async (started) => {
      const said = await sh(
        started,
        'for f in /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.max /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/1/oom_score_adj; do (echo -1 > $f) 2>/dev/null && echo "wrote $f"; done; true',
      )
      mustLack(said, /cgroup|core_pattern|sysrq/)
    }),
    {
      name: 'everything inside is killed by what is inside',
      held: 'the session says so, and the next prompt starts another',
      run: async (host) => {
        const session = await host.fresh('builder')
        const { capsule } = await host.started(session)
        capsule.log(capsule.exec(['sh', '-c', 'kill -9 -1; kill -9 1']))
        await host.bridge.call('GET', `/internal/sessions/${session.id}`)
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        const { turn } = await host.obey(session, [])
        mustMatch(turn.answer, /Obeyed/)
        await host.bridge.close(session)
      },
    },
  ],
}
