import { type DynamicModule, Module } from '@nestjs/common';
import { Runtime } from './runtime.js';

@Module({})
class RuntimeModule {}

/** Makes the runtime injectable everywhere in a service. */
export function runtimeModule(runtime: Runtime): DynamicModule {
  return {
    module: RuntimeModule,
    global: true,
    providers: [{ provide: Runtime, useValue: runtime }],
    exports: [Runtime],
  };
}
