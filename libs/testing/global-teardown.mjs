import { stopStack } from './global-stack.mjs';

export default stopStack;
