/** Shadows OpenCode's `list`: the tree of the live project. */
import { tool } from '@opencode-ai/plugin/tool'
import { callBridge } from '../lib/call.ts'

export default tool({
  description: `List the files and folders of the live project as a tree.`,
  args: {
    path: tool.schema.string().optional().describe('Folder to list (the whole project if absent)'),
    ignore: tool.schema
      .array(tool.schema.string())
      .optional()
      .describe('Glob patterns to leave out'),
  },
  execute: (args, context) => callBridge('list', args, context),
})
