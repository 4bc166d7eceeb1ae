/**
 * Domains that give addresses to anybody. Nobody but their operators could publish a record there anyway; being told at
 * once spares an owner the search for their mistake. The largest by use; a longer list would hold companies by mistake.
 */
export const publicMailDomains: ReadonlySet<string> = new Set(
  `gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk live.com msn.com yahoo.com yahoo.co.uk yahoo.co.jp ymail.com
  icloud.com me.com mac.com aol.com gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de mail.com mail.ru
  yandex.ru yandex.com proton.me protonmail.com pm.me tutanota.com tuta.com fastmail.com zoho.com hey.com qq.com 163.com
  126.com sina.com naver.com daum.net orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it comcast.net
  verizon.net att.net sbcglobal.net bellsouth.net btinternet.com sky.com bluewin.ch posteo.de mailbox.org`.split(/\s+/),
);
