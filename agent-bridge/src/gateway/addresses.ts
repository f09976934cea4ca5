/** Which network addresses a provider's name may lead to: public ones, and private ones that the operator names. */
import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { BlockList, isIPv6, type LookupFunction } from 'node:net'

/** Everything that is not the public internet: this machine, private networks, metadata services, multicast, documentation. */
const NOT_PUBLIC = ranges([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  // Also what wraps an IPv4 address: mapped ones, NAT64, 6to4, Teredo.
  ...['::/96', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23'],
  ...['2001:db8::/32', '2002::/16', '3fff::/20', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
])
const LOOPBACK = ranges(['127.0.0.0/8', '::1/128'])

/** The message is a sentence for people. */
export class AddressRefused extends Error {}

/** Reads "10.0.0.0/8, 192.168.1.20". Throws a sentence when an entry is neither an address nor a range. */
export function readRanges(text: string, variable: string): BlockList {
  const entries = text.split(',').map((entry) => entry.trim())
  try {
    return ranges(entries.filter((entry) => entry !== ''))
  } catch {
    throw new Error(
      `${variable} is a list of addresses and ranges such as 10.0.0.0/8, 192.168.1.20.`,
    )
  }
}

export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

export const resolveBySystem: Resolve = (hostname) => lookup(hostname, { all: true })

/**
 * A `lookup` for sockets that yields only addresses that were checked: the socket connects to one of these and asks no
 * second time, so a name cannot point elsewhere between the check and the connection.
 */
export function checkedLookup(
  resolve: Resolve,
  allowed: { readonly private: BlockList; readonly local: boolean },
): LookupFunction {
  return (hostname, options, callback) => {
    const here = allowed.local && hostname === 'localhost'
    resolve(hostname).then(
      (found) => {
        const usable = found.filter(
          ({ address }) =>
            !contains(NOT_PUBLIC, address) ||
            contains(allowed.private, address) ||
            (here && contains(LOOPBACK, address)),
        )
        const [first] = usable
        if (!first) {
          const why = `${hostname} leads to a private network, where models may not be asked. Whoever runs the studio can set RELPIN_PRIVATE_MODEL_ADDRESSES.`
          callback(new AddressRefused(why), '')
        } else if (options.all) callback(null, usable.slice())
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    )
  }
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

function ranges(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}
