import { fakeResolver } from './fake-resolver.fixture.js';
import { resolverContract } from './resolver.contract.js';
import { systemResolver } from './resolver.js';

resolverContract('the operating system', systemResolver, 'localhost');
resolverContract('the fake', fakeResolver({ 'known.test': [['192.0.2.1', '2001:db8::1']] }), 'known.test');
