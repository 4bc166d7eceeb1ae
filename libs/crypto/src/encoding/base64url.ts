const PATTERN = /^[A-Za-z0-9_-]*$/;

/** `bytes` in base64url without padding (RFC 4648 §5). */
export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/**
 * The bytes of a canonical base64url text, or undefined when `text` is not one. Padding, other alphabets and
 * stray trailing bits are refused, so that two different texts never mean the same bytes.
 */
export function fromBase64url(text: string): Buffer | undefined {
  if (!PATTERN.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
