import { keyProviderContract } from './key-provider.contract.js';
import { MemoryKeyring } from './memory-keyring.js';

keyProviderContract('the keyring in memory', async () => new MemoryKeyring());
