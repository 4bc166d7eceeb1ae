import { startStack } from './global-stack.mjs';

export default startStack;
