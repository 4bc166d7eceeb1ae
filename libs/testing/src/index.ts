export { type NatsAccount, scratchDirectory, type TestDatabase, type TestStack, testStack } from './stack.js';
