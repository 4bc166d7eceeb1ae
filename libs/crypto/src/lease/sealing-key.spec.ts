import { describe, expect, it } from '@jest/globals';
import { openSealed, sealTo } from './sealed-lease.js';
import { generateSealingKey, importSealingKey } from './sealing-key.js';

const info = { use: 'test' };

describe('a stored sealing key', () => {
  it('opens after it was read what was sealed to its public half', async () => {
    const { line, publicKey } = generateSealingKey();
    const pair = await importSealingKey(line);
    expect(pair.publicKey).toBe(publicKey);
    const sealed = await sealTo(publicKey, Buffer.from('secret'), info);
    expect((await openSealed(pair, sealed, info)).toString()).toBe('secret');
    expect(pair.keys.privateKey.extractable).toBe(false);
  });

  it('is refused without a word of it when its halves do not belong together or are cut short', async () => {
    const [one, other] = [generateSealingKey(), generateSealingKey()];
    const d = one.line.split(' ')[0]!;
    for (const line of [
      `${d} ${other.publicKey}`,
      d,
      `${d} ${one.publicKey} x`,
      `${d.slice(1)} ${one.publicKey}`,
      '',
    ]) {
      const refusal = await importSealingKey(line).catch((error: unknown) => error as Error);
      expect(refusal).toMatchObject({ code: 'key-file-invalid' });
      expect(String(refusal)).not.toContain(d);
    }
  });
});
