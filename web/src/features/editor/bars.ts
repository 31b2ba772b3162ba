// The bars beside the text: one script, which Beside.tsx loads on use.
export { BlockHandle } from './blocks/BlockHandle'
export { TableMenu } from './tables/TableMenu'
export { BubbleMenu } from './toolbar/BubbleMenu'
