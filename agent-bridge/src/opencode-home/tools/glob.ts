/** Shadows OpenCode's `glob`: paths of the live project by pattern. */
import { tool } from '@opencode-ai/plugin/tool'
import { callBridge } from '../lib/call.ts'

export default tool({
  description: `Find files of the live project by a glob pattern such as "**/*.ts" or "src/**/*.svelte".
- Returns matching paths, sorted.`,
  args: {
    pattern: tool.schema.string().describe('The glob pattern'),
    path: tool.schema
      .string()
      .optional()
      .describe('Folder to search in (the whole project if absent)'),
  },
  execute: (args, context) => callBridge('glob', args, context),
})
