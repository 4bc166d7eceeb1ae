/** Hands on the newest value to a consumer that may be slower than its producer: values in between are skipped, so nothing piles up. */
export class LatestValue<T> {
  private held: { readonly value: T } | undefined;
  private isReady = true;

  /** @param send gives false when the consumer is full; {@link resume} is called when it has room again */
  constructor(private readonly send: (value: T) => boolean) {}

  offer(value: T): void {
    if (this.isReady) this.isReady = this.send(value);
    else this.held = { value };
  }

  resume(): void {
    this.isReady = true;
    const { held } = this;
    this.held = undefined;
    if (held) this.offer(held.value);
  }
}
