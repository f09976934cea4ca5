/** What npm is told inside a capsule: the one registry it can reach, and to say little. */
import type { Capsule } from '../capsules/driver.ts'

export const npmEnvironment = (capsule: Pick<Capsule, 'bridgeUrl'>): Record<string, string> => ({
  CI: '1',
  NO_COLOR: '1',
  npm_config_registry: `${capsule.bridgeUrl}/`,
  npm_config_replace_registry_host: 'always',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
})
