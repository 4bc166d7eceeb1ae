import type { FactoryProvider, Type } from '@nestjs/common';

type Instance<T> = T extends abstract new (...args: never[]) => infer I ? I : never;
type Instances<T extends readonly unknown[]> = { -readonly [K in keyof T]: Instance<T[K]> };

/** Provides a plain class with the instances of its constructor's classes, so that the class itself knows no framework. */
export function wire<C extends Type, const D extends readonly (abstract new (...args: never[]) => unknown)[]>(
  target: C & (new (...args: Instances<D>) => unknown),
  ...dependencies: D
): FactoryProvider {
  return {
    provide: target,
    inject: [...dependencies] as unknown as Type[],
    useFactory: (...instances: unknown[]) => new target(...(instances as Instances<D>)),
  };
}
