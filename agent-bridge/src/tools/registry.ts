/** Every tool that a capsule can call, by the name that OpenCode knows it under. */
import { applyPatchTool } from './apply-patch.ts'
import { bashTool } from './bash.ts'
import { editTool } from './edit.ts'
import { findingTool } from './finding.ts'
import { readTool } from './read.ts'
import { globTool, grepTool, listTool } from './search.ts'
import type { Tool } from './tool.ts'
import { taskTool, webfetchTool } from './unavailable.ts'
import { writeTool } from './write.ts'

export const TOOLS: ReadonlyMap<string, Tool> = new Map([
  ['read', readTool],
  ['edit', editTool],
  ['write', writeTool],
  // What OpenCode offers under this name only to models that were trained to it; to the others it is `patch`.
  ['apply_patch', applyPatchTool],
  ['patch', applyPatchTool],
  ['glob', globTool],
  ['grep', grepTool],
  ['list', listTool],
  ['finding', findingTool],
  ['bash', bashTool],
  ['webfetch', webfetchTool],
  ['task', taskTool],
])
