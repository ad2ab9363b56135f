BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0017');
CREATE TABLE answers (
	number INTEGER NOT NULL, 
	recipient VARCHAR(255) NOT NULL, 
	meaning VARCHAR(16) NOT NULL, 
	at DATETIME NOT NULL, 
	way VARCHAR(16) NOT NULL, 
	note TEXT DEFAULT '' NOT NULL, 
	noted_at DATETIME NOT NULL, 
	who TEXT DEFAULT '' NOT NULL, grade VARCHAR(16) DEFAULT '' NOT NULL, address TEXT DEFAULT '' NOT NULL, evidence VARCHAR(64) DEFAULT '' NOT NULL, published BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_answers PRIMARY KEY (number), 
	CONSTRAINT fk_answers_recipient FOREIGN KEY(recipient) REFERENCES recipients ("key")
);
INSERT INTO "answers" VALUES(1,'01001','yes','2026-11-25 12:00:00.000000','meeting','au conseil','2026-11-26 09:00:00.000000','anna','deliberation','https://mairie-1.example.org/deliberations/12.pdf','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',1);
INSERT INTO "answers" VALUES(2,'01004','no','2026-11-25 12:00:00.000000','phone','','2026-11-26 09:00:00.000000','anna','','','',0);
CREATE TABLE attempts (
	id INTEGER NOT NULL, 
	recipient VARCHAR(255) NOT NULL, 
	wave INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	phase VARCHAR(16) NOT NULL, 
	code INTEGER, 
	enhanced TEXT DEFAULT '' NOT NULL, 
	words TEXT DEFAULT '' NOT NULL, 
	duration_ms INTEGER NOT NULL, 
	sender TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_attempts_recipient FOREIGN KEY(recipient) REFERENCES recipients ("key")
);
INSERT INTO "attempts" VALUES(1,'01001',1,'2026-11-24 12:00:00.000000','email','sent','body',250,'2.0.0','ok',31,'send-4241-00');
INSERT INTO "attempts" VALUES(2,'01004',1,'2026-11-24 12:00:00.000000','email','deferred','rcpt',450,'4.2.0','greylisted',12,'send-4241-00');
INSERT INTO "attempts" VALUES(3,'01006',1,'2026-11-24 12:00:00.000000','paper','made','lot',NULL,'','1',0,'print-4240-00');
CREATE TABLE campaign (
	id INTEGER NOT NULL, 
	uuid VARCHAR(36) NOT NULL, 
	install VARCHAR(36) NOT NULL, 
	counter INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_campaign PRIMARY KEY (id)
);
INSERT INTO "campaign" VALUES(1,'6f1c9a52-9f0e-4c43-8a3b-0c5a3c1f7d10','0d9f3c1e-52cf-4f2e-9d7c-6f4f6f1c2b33',2,'2026-11-24 12:00:00.000000');
CREATE TABLE commands (
	number INTEGER NOT NULL, 
	command VARCHAR(16) NOT NULL, 
	options TEXT DEFAULT '' NOT NULL, 
	consents TEXT DEFAULT '' NOT NULL, 
	who TEXT DEFAULT '' NOT NULL, 
	sender TEXT DEFAULT '' NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	started_at DATETIME NOT NULL, 
	at DATETIME NOT NULL, 
	next_at DATETIME, 
	stop_requested BOOLEAN NOT NULL, 
	exit_code INTEGER, 
	result TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_commands PRIMARY KEY (number)
);
INSERT INTO "commands" VALUES(1,'send','{"limit": 2}','[["letters", {"n": 2}]]','anna','send-1-aa','ended','2026-03-02 10:00:00.000000','2026-03-02 10:05:00.000000',NULL,0,4,'{"sent": 1}');
CREATE TABLE deliveries (
	id INTEGER NOT NULL, 
	recipient VARCHAR(255) NOT NULL, 
	wave INTEGER NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	at DATETIME NOT NULL, 
	address TEXT DEFAULT '' NOT NULL, 
	message_id TEXT DEFAULT '' NOT NULL, 
	code INTEGER, 
	enhanced TEXT DEFAULT '' NOT NULL, 
	detail TEXT DEFAULT '' NOT NULL, 
	sha256 VARCHAR(64) DEFAULT '' NOT NULL, 
	fingerprint VARCHAR(64) DEFAULT '' NOT NULL, 
	lot INTEGER, 
	position INTEGER, 
	sheets INTEGER, 
	claimant VARCHAR(80), 
	not_before DATETIME, 
	taken_from VARCHAR(16), 
	copied VARCHAR(64) DEFAULT '' NOT NULL, 
	copier VARCHAR(80), 
	rested_from VARCHAR(16), 
	CONSTRAINT pk_deliveries PRIMARY KEY (id), 
	CONSTRAINT uq_deliveries_recipient_wave UNIQUE (recipient, wave), 
	CONSTRAINT fk_deliveries_lot FOREIGN KEY(lot) REFERENCES lots (number), 
	CONSTRAINT fk_deliveries_recipient FOREIGN KEY(recipient) REFERENCES recipients ("key")
);
INSERT INTO "deliveries" VALUES(1,'01001',1,'email','sent','2026-11-24 12:00:00.000000','mairie-1@example.org','<1@example.org>',250,'2.0.0','ok','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',NULL,NULL,NULL,NULL,NULL,NULL,'',NULL,NULL);
INSERT INTO "deliveries" VALUES(2,'01002',1,'email','sending','2026-11-24 12:00:00.000000','mairie-2@example.org','<2@example.org>',NULL,'','','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',NULL,NULL,NULL,'send-4242-00aa00aa00aa00aa',NULL,NULL,'',NULL,NULL);
INSERT INTO "deliveries" VALUES(3,'01004',1,'email','deferred','2026-11-24 12:00:00.000000','','',450,'4.2.0','greylisted','','',NULL,NULL,NULL,NULL,'2026-11-24 12:15:00.000000',NULL,'',NULL,NULL);
INSERT INTO "deliveries" VALUES(4,'01005',1,'email','queued','2026-11-24 12:00:00.000000','','',NULL,'','','','',NULL,NULL,NULL,NULL,NULL,NULL,'',NULL,NULL);
INSERT INTO "deliveries" VALUES(5,'01006',1,'paper','made','2026-11-24 12:00:00.000000','','',NULL,'','','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',1,1,2,NULL,NULL,'paper','',NULL,NULL);
CREATE TABLE edits (
	id INTEGER NOT NULL, 
	recipient VARCHAR(255) NOT NULL, 
	at DATETIME NOT NULL, 
	field TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_edits PRIMARY KEY (id), 
	CONSTRAINT fk_edits_recipient FOREIGN KEY(recipient) REFERENCES recipients ("key")
);
INSERT INTO "edits" VALUES(1,'01001','2026-11-24 12:00:00.000000','surname','Exemple');
CREATE TABLE events (
	number INTEGER NOT NULL, 
	command INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	code TEXT DEFAULT '' NOT NULL, 
	facts TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (number), 
	CONSTRAINT fk_events_command FOREIGN KEY(command) REFERENCES commands (number)
);
INSERT INTO "events" VALUES(1,1,'2026-03-02 10:00:01.000000','begun','{"n": 2}');
CREATE TABLE facts (
	name VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_facts PRIMARY KEY (name)
);
INSERT INTO "facts" VALUES('letter_date','2026-11-24');
CREATE TABLE files (
	sha256 VARCHAR(64) NOT NULL, 
	packed BLOB NOT NULL, 
	CONSTRAINT pk_files PRIMARY KEY (sha256)
);
CREATE TABLE import_before (
	import_id INTEGER NOT NULL, 
	recipient VARCHAR(255) NOT NULL, 
	record TEXT NOT NULL, 
	CONSTRAINT pk_import_before PRIMARY KEY (import_id, recipient), 
	CONSTRAINT fk_import_before_import_id FOREIGN KEY(import_id) REFERENCES imports (id), 
	CONSTRAINT fk_import_before_recipient FOREIGN KEY(recipient) REFERENCES recipients ("key")
);
INSERT INTO "import_before" VALUES(2,'01005','{"key": "01005", "commune": "Amb\u00e9rieux-en-Dombes", "insee": "01005", "article_code": 1, "department": "01", "population": 800, "sex": "F", "first_name": "Dominique", "surname": "Exemple", "email": "mairie-4@example.org", "alternates": "[]", "street": "[\"1 place de la Mairie\"]", "postcode": "01400", "locality": "AMB\u00c9RIEUX-EN-DOMBES", "fields": "{\"Remarque\":\"vue\"}", "source": "communes.csv", "row": 5}');
CREATE TABLE import_sources (
	import_id INTEGER NOT NULL, 
	place INTEGER NOT NULL, 
	file TEXT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_import_sources PRIMARY KEY (import_id, place), 
	CONSTRAINT fk_import_sources_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
);
INSERT INTO "import_sources" VALUES(1,0,'communes.csv','0000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE imports (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	added INTEGER NOT NULL, 
	changed INTEGER NOT NULL, 
	unchanged INTEGER NOT NULL, 
	absent INTEGER NOT NULL, 
	counter INTEGER NOT NULL, 
	first_position INTEGER NOT NULL, 
	undone_at DATETIME, 
	CONSTRAINT pk_imports PRIMARY KEY (id)
);
INSERT INTO "imports" VALUES(1,'2026-11-24 12:00:00.000000',5,0,0,0,0,1,NULL);
INSERT INTO "imports" VALUES(2,'2026-11-25 08:00:00.000000',0,1,4,0,2,5,NULL);
CREATE TABLE lots (
	number INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	path TEXT NOT NULL, 
	letters INTEGER NOT NULL, 
	sheets INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	printed_at DATETIME, 
	posted_at DATETIME, 
	handed_at DATETIME, 
	handed_to TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_lots PRIMARY KEY (number)
);
INSERT INTO "lots" VALUES(1,'2026-11-24 12:00:00.000000','outbox/lots/lot-001.pdf',1,2,'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','made',NULL,NULL,NULL,'');
CREATE TABLE mended_cells (
	number INTEGER NOT NULL, 
	shape VARCHAR(64) NOT NULL, 
	"row" INTEGER NOT NULL, 
	header TEXT NOT NULL, 
	"before" TEXT DEFAULT '' NOT NULL, 
	"after" TEXT DEFAULT '' NOT NULL, 
	anchor TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_mended_cells PRIMARY KEY (number)
);
INSERT INTO "mended_cells" VALUES(1,'0000000000000000000000000000000000000000000000000000000000000000',3,'CP','1O01','01001','["01001"]','2026-03-01 09:00:00.000000');
CREATE TABLE readings (
	import_id INTEGER NOT NULL, 
	place INTEGER NOT NULL, 
	shape VARCHAR(64) NOT NULL, 
	reading TEXT NOT NULL, 
	CONSTRAINT pk_readings PRIMARY KEY (import_id, place), 
	CONSTRAINT fk_readings_import_id FOREIGN KEY(import_id) REFERENCES imports (id)
);
INSERT INTO "readings" VALUES(1,0,'0000000000000000000000000000000000000000000000000000000000000000','{"fields": {"email": "E-mail(s)"}}');
CREATE TABLE recipients (
	"key" VARCHAR(255) NOT NULL, 
	position INTEGER NOT NULL, 
	commune TEXT DEFAULT '' NOT NULL, 
	insee VARCHAR(5), 
	article_code INTEGER, 
	department TEXT DEFAULT '' NOT NULL, 
	population INTEGER, 
	sex VARCHAR(1), 
	first_name TEXT DEFAULT '' NOT NULL, 
	surname TEXT DEFAULT '' NOT NULL, 
	email TEXT, 
	alternates TEXT DEFAULT '' NOT NULL, 
	street TEXT DEFAULT '' NOT NULL, 
	postcode TEXT DEFAULT '' NOT NULL, 
	locality TEXT DEFAULT '' NOT NULL, 
	fields TEXT DEFAULT '' NOT NULL, 
	source TEXT DEFAULT '' NOT NULL, 
	"row" INTEGER NOT NULL, 
	edited TEXT DEFAULT '' NOT NULL, 
	organisation TEXT DEFAULT '' NOT NULL, 
	civility TEXT DEFAULT '' NOT NULL, 
	country TEXT DEFAULT '' NOT NULL, 
	number TEXT DEFAULT '' NOT NULL, 
	lines TEXT DEFAULT '' NOT NULL, 
	rows TEXT DEFAULT '' NOT NULL, 
	fault TEXT DEFAULT '' NOT NULL, 
	is_person BOOLEAN DEFAULT 0 NOT NULL, 
	search TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_recipients PRIMARY KEY ("key"), 
	CONSTRAINT uq_recipients_position UNIQUE (position)
);
INSERT INTO "recipients" VALUES('01001',0,'L''Abergement-Clémenciat','01001',1,'01',800,'F','Camille','Exemple','mairie-1@example.org','[]','["1 place de la Mairie"]','01400','L''ABERGEMENT-CLÉMENCIAT','{"Remarque":"vue"}','communes.csv',2,'{"surname":"Exemple"}','','','','','[{"Dossier":"A","Montant":"12,50 €"},{"Dossier":"A","Montant":"7,50 €"}]','[2,5]','',0,'');
INSERT INTO "recipients" VALUES('01002',1,'L''Abergement-de-Varey','01002',1,'01',800,'F','Camille','Exemple','mairie-2@example.org','[]','["1 place de la Mairie"]','01400','L''ABERGEMENT-DE-VAREY','{"Remarque":"vue"}','communes.csv',3,'','','','','','','','',0,'');
INSERT INTO "recipients" VALUES('01004',2,'Ambérieu-en-Bugey','01004',1,'01',800,'F','Camille','Exemple','mairie-3@example.org','[]','["1 place de la Mairie"]','01400','AMBÉRIEU-EN-BUGEY','{"Remarque":"vue"}','communes.csv',4,'','','','','','','','',0,'');
INSERT INTO "recipients" VALUES('01005',3,'Ambérieux-en-Dombes','01005',1,'01',800,'F','Camille','Exemple','mairie-4@example.org','[]','["1 place de la Mairie"]','01400','AMBÉRIEUX-EN-DOMBES','{"Remarque":"vue"}','communes.csv',5,'','','','','','','','',0,'');
INSERT INTO "recipients" VALUES('01006',4,'Ambléon','01006',1,'01',800,'F','Camille','Exemple',NULL,'[]','["1 place de la Mairie"]','01400','AMBLÉON','{"Remarque":"vue"}','communes.csv',6,'','','','','','','','',0,'');
CREATE TABLE replies (
	number INTEGER NOT NULL, 
	identity VARCHAR(64) NOT NULL, 
	sort VARCHAR(16) NOT NULL, 
	at DATETIME NOT NULL, 
	recipient VARCHAR(255), 
	wave INTEGER NOT NULL, 
	"by" VARCHAR(16), 
	proposals TEXT DEFAULT '' NOT NULL, 
	sender TEXT DEFAULT '' NOT NULL, 
	sender_name TEXT DEFAULT '' NOT NULL, 
	subject TEXT DEFAULT '' NOT NULL, 
	sha256 VARCHAR(64) DEFAULT '' NOT NULL, 
	size INTEGER NOT NULL, 
	is_cut BOOLEAN NOT NULL, 
	from_elsewhere BOOLEAN NOT NULL, 
	wants_peace TEXT DEFAULT '' NOT NULL, 
	dismissed BOOLEAN NOT NULL, 
	CONSTRAINT pk_replies PRIMARY KEY (number), 
	CONSTRAINT uq_replies_identity UNIQUE (identity), 
	CONSTRAINT fk_replies_recipient FOREIGN KEY(recipient) REFERENCES recipients ("key")
);
CREATE INDEX ix_mended_cells_shape ON mended_cells (shape);
CREATE INDEX ix_answers_recipient ON answers (recipient);
CREATE INDEX ix_attempts_recipient_wave ON attempts (recipient, wave);
CREATE INDEX ix_deliveries_claimant ON deliveries (claimant) WHERE claimant IS NOT NULL;
CREATE INDEX ix_deliveries_lot ON deliveries (lot);
CREATE INDEX ix_deliveries_wave_channel_status ON deliveries (wave, channel, status);
CREATE INDEX ix_edits_recipient ON edits (recipient);
CREATE INDEX ix_events_command ON events (command);
CREATE INDEX ix_import_before_recipient ON import_before (recipient);
CREATE INDEX ix_replies_recipient ON replies (recipient);
COMMIT;
