import { useRef, useState } from "@odoo/owl";
import { useDropzone } from "@web/core/dropzone/dropzone_hook";
import { registry } from "@web/core/registry";
import { checkFileSize } from "@web/core/utils/files";
import { getDataURLFromFile } from "@web/core/utils/urls";
import { binaryField, BinaryField } from "@web/views/fields/binary/binary_field";

/** A file that is dropped, or chosen, is kept and read at once. */
export class ImportFileField extends BinaryField {
    static template = "shifters_relations.ImportFileField";

    setup() {
        super.setup();
        this.state = useState({ isReading: false });
        this.root = useRef("root");
        useDropzone(this.root, (ev) => this.take(ev.dataTransfer.files[0]), "o_relationship_dropzone");
    }

    async take(file) {
        if (!file || !checkFileSize(file.size, this.notification)) {
            return;
        }
        const url = await getDataURLFromFile(file);
        await this.update({ name: file.name, data: url.split(",")[1] });
    }

    async update(file) {
        await super.update(file);
        const { record } = this.props;
        this.state.isReading = true;
        try {
            if (await record.save()) {
                await record.model.orm.call(record.resModel, "action_read", [[record.resId]]);
                await record.load();
            }
        } finally {
            this.state.isReading = false;
        }
    }
}

registry.category("fields").add("relationship_import_file", { ...binaryField, component: ImportFileField });
